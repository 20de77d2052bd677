// Draws a result as the server's templates do: view.py makes the same decisions.

export const byId = (id) => document.getElementById(id);
export const data = JSON.parse(byId("data").textContent);
const PAGE_ROWS = 100; // of a table or a list, shown at once
const HISTORY = 60; // numbers that a sparkline remembers
const DEEPEST = 6; // nested levels that are laid out
const LINE = 48; // characters; a longer text is set as prose
const ANY = { kind: "any" };

// Elements. Values become text nodes and attributes, never markup.

const maker = (space) => (tag, attributes = {}, ...children) => {
	const node = document.createElementNS(space, tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") node.addEventListener(name, value);
		else if (value === true) node.setAttribute(name, "");
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
	node.append(...children);
	return node;
};

const el = maker("http://www.w3.org/1999/xhtml");
const svg = maker("http://www.w3.org/2000/svg");
const textOf = (text) => el("span", { dir: "auto" }, text);
const none = (text) => el("span", { class: "none" }, text);
const json = (value) => el("pre", { dir: "auto" }, JSON.stringify(value, null, 2));

// What a person did to a view (sorting, paging) outlives its redrawing.

const views = Object.create(null);
const viewState = (path) => (views[path] ??= {});

// By shape

const numeric = ({ kind }) => kind === "integer" || kind === "number" || kind === "decimal";
const own = (value, name) => (Object.hasOwn(value, name) ? value[name] : null);
const isObject = (value) => value !== null && typeof value === "object";
const isRecord = (value) => isObject(value) && !Array.isArray(value);
const areNumbers = (values) =>
	values.length > 0 && values.every((value) => typeof value === "number");

function known(shape, value) {
	if (shape.kind !== "any" || value == null) return shape;
	if (typeof value !== "object") return { ...shape, kind: typeof value === "string" ? "text" : typeof value };
	return Array.isArray(value)
		? { ...shape, kind: "list", item: guessItem(value) } : { ...shape, kind: "map", item: ANY };
}

function guessItem(items, part = ANY) {
	if (items.length && items.every(isRecord)) {
		const names = [...new Set(items.flatMap(Object.keys))];
		const shapeOf = (name) => areNumbers(items.map((item) => own(item, name))) ? { kind: "number" } : part;
		return { kind: "object", fields: names.map((name) => ({ ...shapeOf(name), name, label: name })) };
	}
	return areNumbers(items) ? { kind: "number" } : ANY;
}

export function numberText(value) {
	const [, sign, digits, rest] = /^(-?)(\d+)(\.\d+)?$/.exec(value) ?? [];
	if (!digits) return String(value);
	return sign + digits.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ?? "");
}

// For what is set in large: no more digits than one reads.
function shortText(value) {
	const isLong = typeof value === "number" && /\.\d{7}/.test(value);
	return numberText(isLong ? Number(value.toPrecision(6)) : value);
}

export function timeText(moment) {
	return moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function plain(shape, value) {
	if (shape.kind === "secret") return none("Hidden");
	if (value == null) return none("—");
	if (typeof value === "object") return none("Empty");
	if (typeof value === "boolean") {
		return el("span", { class: value ? "badge on" : "badge" }, value ? "Yes" : "No");
	}
	if (numeric(shape)) return textOf(numberText(value));
	const moment = shape.kind === "datetime" ? new Date(value) : null;
	if (moment && !isNaN(moment)) return el("time", { datetime: value, title: value }, timeText(moment));
	return textOf(String(value));
}

function isCompound(shape, value) {
	if (shape.kind === "secret" || !isObject(value)) return false;
	return Object.keys(value).length > 0;
}

function countText(value) {
	const count = Object.keys(value).length;
	const [one, many] = Array.isArray(value) ? ["item", "items"] : ["entry", "entries"];
	return `${numberText(count)} ${count === 1 ? one : many}`;
}

function inline(given, value, path, depth) {
	const shape = known(given, value);
	if (!isCompound(shape, value)) return plain(shape, value);
	return fold(path, countText(value), () => block(shape, value, path, depth));
}

function fold(path, title, parts) {
	const state = viewState(path);
	const details = el("details", { open: state.open === true },
		el("summary", { "data-key": `fold ${path}` }, title));
	const fill = () => details.append(...parts());
	if (state.open) fill();
	details.addEventListener("toggle", () => {
		state.open = details.open;
		if (details.open && details.children.length === 1) fill();
	});
	return details;
}

function block(shape, value, path, depth) {
	if (shape.as === "json" || depth >= DEEPEST) return [json(value)];
	if (!Array.isArray(value)) {
		const fields = fieldsOf(shape, value);
		if (shape.as === "cards") return [el("div", { class: "cards" }, pairs(fields, value, path, depth))];
		return shape.as === "table" ? entries(fields, value, path, depth) : [pairs(fields, value, path, depth)];
	}
	const item = itemOf(shape, value);
	const records = item.kind === "object" && item.fields.length > 0;
	if (records && shape.as === "cards") {
		const card = (each, at) => isRecord(each) ? pairs(item.fields, each, at, depth) : plain(item, each);
		return rows("div", "cards", card, value, path);
	}
	if (records) return table(item.fields, value, path, depth);
	if (shape.as === "table") {
		const fields = [{ ...item, name: "value", label: "Value" }];
		return table(fields, value.map((each) => ({ value: each })), path, depth);
	}
	if (numeric(item) && !value.includes(null)) return chart(value, path);
	return rows("ul", "list", (each, at) => el("li", {}, inline(item, each, at, depth + 1)), value, path);
}

function itemOf(shape, values) {
	const item = shape.item ?? ANY;
	return item.kind === "any" || item.kind === "map" ? guessItem(values, item.item) : item;
}

function fieldsOf(shape, value) {
	if (shape.kind === "object") return shape.fields;
	return Object.keys(value).map((name) => ({ ...(shape.item ?? ANY), name, label: name }));
}

function pairs(fields, value, path, depth) {
	return el("dl", { class: "pairs" }, ...fields.map((field) =>
		el("div", {},
			el("dt", { dir: "auto" }, field.label),
			el("dd", {}, inline(field, own(value, field.name), `${path}.${field.name}`, depth + 1)))));
}

function rows(tag, name, row, values, path) {
	const node = el(tag, { class: name });
	return paged(path, values.length, (from, to) => {
		const made = values.slice(from, to).map((value, index) => row(value, `${path}.${from + index}`));
		node.replaceChildren(...made);
	}, node);
}

// Tables: sorted by headings, a page at a time

function entries(fields, value, path, depth) {
	const shape = fields.length && fields.every(numeric) ? fields[0] : ANY;
	const columns = [{ kind: "text", name: "name", label: "Name" }, { ...shape, name: "value", label: "Value" }];
	const lines = fields.map(({ name, label }) => ({ name: label, value: own(value, name) }));
	return table(columns, lines, path, depth, countText(value));
}

function table(fields, values, path, depth, count = countText(values)) {
	const state = viewState(path);
	const head = el("tr");
	const body = el("tbody");
	const box = el("div", { class: "scroll", tabindex: "0", role: "group",
		"aria-label": `Table, ${count}`, "data-key": `scroll ${path}` },
		el("table", {}, el("thead", {}, head), body));
	let order = [];
	const sort = () => {
		order = sorted(values, state);
		head.replaceChildren(...fields.map((field) => heading(field, state, path, again)));
	};
	const fill = (from, to) => {
		body.replaceChildren(...order.slice(from, to).map((index) =>
			row(fields, values[index] ?? {}, `${path}.${index}`, depth)));
	};
	sort();
	const nodes = paged(path, values.length, fill, box);
	function again() {
		state.page = 0;
		keepPlace(() => { sort(); nodes.refill(); });
	}
	return nodes;
}

function heading(field, state, path, again) {
	const direction = state.by === field.name && state.direction;
	const click = () => {
		state.direction = direction === 1 ? -1 : 1;
		state.by = field.name;
		again();
	};
	const key = `sort ${path} ${field.name}`;
	const button = el("button", { type: "button", "data-key": key, click }, textOf(field.label));
	return el("th", { scope: "col", class: numeric(field) ? "num" : null,
		"aria-sort": direction && (direction > 0 ? "ascending" : "descending") }, button);
}

function row(fields, value, path, depth) {
	return el("tr", {}, ...fields.map((field) => {
		const part = own(value, field.name);
		const cell = inline(field, part, `${path}.${field.name}`, depth + 1);
		return el("td", { class: numeric(known(field, part)) && part != null ? "num" : "" }, cell);
	}));
}

function sorted(values, state) {
	const order = [...values.keys()];
	if (!state.direction) return order;
	const key = (index) => own(values[index] ?? {}, state.by);
	return order.sort((one, two) => state.direction * compare(key(one), key(two)));
}

function compare(one, two) {
	if (one == null || two == null) return (one == null) - (two == null);
	if (typeof one === "number" && typeof two === "number") return one - two;
	return String(one).localeCompare(String(two), undefined, { numeric: true });
}

function paged(path, count, fill, node) {
	const state = viewState(path);
	const place = el("span");
	const turn = (step, text) => {
		const click = () => { state.page += step; refill(); };
		return el("button", { type: "button", "data-key": `${text} ${path}`, click }, text);
	};
	const [back, on] = [turn(-1, "Previous"), turn(1, "Next")];
	const pager = el("div", { class: "pager" }, place, back, on);
	const last = Math.max(Math.ceil(count / PAGE_ROWS) - 1, 0);
	function refill() {
		state.page = Math.min(Math.max(state.page ?? 0, 0), last);
		const from = state.page * PAGE_ROWS;
		const to = Math.min(from + PAGE_ROWS, count);
		fill(from, to);
		place.textContent = `${numberText(from + 1)}–${numberText(to)} of ${numberText(count)}`;
		back.disabled = state.page === 0;
		on.disabled = state.page === last;
	}
	refill();
	return Object.assign(last > 0 ? [node, pager] : [node], { refill });
}

// Charts

const limits = (numbers) => numbers.reduce(
	([low, high], number) => [Math.min(low, number), Math.max(high, number)], [numbers[0], numbers[0]]);

function points(numbers, width, height) {
	const [low, high] = limits(numbers);
	const scale = Math.max(Math.abs(low), Math.abs(high), 1);
	const span = high / scale - low / scale;
	const step = width / Math.max(numbers.length - 1, 1);
	const up = (number) => (span ? (number / scale - low / scale) / span : 0.5);
	return numbers.map((number, index) =>
		`${(index * step).toFixed(1)},${(height - up(number) * height).toFixed(1)}`);
}

function plot(name, numbers, width, height, label) {
	const places = points(numbers, width, height);
	const path = places.join(" ");
	return svg("svg", { class: name, viewBox: `0 0 ${width} ${height}`,
		preserveAspectRatio: "none", role: "img", "aria-label": label },
		svg("polygon", { points: `0,${height} ${path} ${width},${height}` }),
		svg("polyline", { points: path }),
		svg("polyline", { class: "end", points: `${places.at(-1)} ${places.at(-1)}` }));
}

function chart(values, path) {
	const numbers = values.map(Number);
	const [low, high] = limits(numbers).map((limit) => shortText(values[numbers.indexOf(limit)]));
	const count = countText(values);
	const parts = [`Last ${shortText(values.at(-1))}`, `Low ${low}`, `High ${high}`, count];
	return [
		el("figure", { class: "chart" },
			plot(null, numbers.length > 1 ? numbers : [...numbers, ...numbers], 600, 160, `${count}, from ${low} to ${high}`),
			el("figcaption", {}, ...parts.map((text) => el("span", {}, text)))),
		fold(`${path} values`, "Values", () => [el("p", { class: "values" }, values.map(numberText).join(" "))]),
	];
}

const history = new Map();
export const forget = () => history.clear();

function remember(result) {
	for (const field of data.output.fields) {
		const value = own(result, field.name);
		if (!numeric(known(field, value)) || value == null) continue;
		history.set(field.name, [...(history.get(field.name) ?? []), value].slice(-HISTORY));
	}
}

function sparkline(past) {
	if (past.length < 2) return [];
	return [plot("spark", past.map(Number), 200, 32, `The last ${past.length} values`)];
}

// The result

function metric(value, past) {
	const text = el("p", { class: "metric", dir: "auto", title: numberText(value) }, shortText(value));
	return [text, ...sparkline(past)];
}

function tile(field, value) {
	const shape = known(field, value);
	const past = history.get(field.name) ?? [];
	const make = (name, ...parts) => el("section", { class: name },
		el("h2", { class: "label", dir: "auto" }, field.label), ...parts);
	const hidden = shape.kind === "secret" || value == null;
	if (shape.as === "json" && !hidden) return make("tile wide", json(value));
	if (isCompound(shape, value)) {
		const numbers = Array.isArray(value) && numeric(itemOf(shape, value)) && !value.includes(null);
		if (shape.as === "metric" && numbers) return make("tile", ...metric(value.at(-1), value.slice(-HISTORY)));
		return make("tile wide", ...block(shape, value, field.name, 0));
	}
	if (numeric(shape) && !hidden && shape.as !== "text") {
		if (shape.as === "chart") return make("tile wide", ...chart(past.length ? past : [value], field.name));
		return make("tile", ...metric(value, past));
	}
	if (shape.as === "metric" && !hidden) return make("tile", el("p", { class: "metric", dir: "auto" }, plain(shape, value)));
	const long = typeof value === "string" && shape.kind !== "secret"
		&& ([...value].length > LINE || value.includes("\n"));
	return make(long ? "tile tile-prose wide" : "tile", el("p", { class: "value" }, plain(shape, value)));
}

// Focus and scrolling stay, though the elements are new ones.
function keepPlace(change) {
	const find = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);
	const focus = document.activeElement?.dataset.key;
	const boxes = [...document.querySelectorAll(".scroll")];
	const places = boxes.map((box) => [box.dataset.key, box.scrollTop, box.scrollLeft]);
	change();
	if (focus) find(focus)?.focus({ preventScroll: true });
	for (const [key, top, left] of places) key && find(key)?.scrollTo(left, top);
}

let latest = null;
let drawn = null; // what each tile shows; null: not ours yet
let scheduled = false;

// `isNews`: false for what is on the page already, which makes no point of a sparkline.
export function draw(result, isNews = true) {
	if (isNews) remember(result);
	latest = result;
	if (scheduled) return;
	scheduled = true;
	requestAnimationFrame(() => {
		scheduled = false;
		keepPlace(drawTiles);
	});
}

export const isShown = (result) => JSON.stringify(result) === JSON.stringify(latest);

// A text of the result goes on, or begins anew.
export function grow(name, text, isNew) {
	const before = isNew ? "" : own(latest ?? {}, name);
	draw({ ...latest, [name]: `${before ?? ""}${text}` }, false);
}

function drawTiles() {
	const { fields } = data.output;
	const box = byId("tiles");
	const made = (field) => tile(field, own(latest, field.name));
	const keys = fields.map(({ name }) => JSON.stringify([own(latest, name), history.get(name)]));
	if (fields.length === 0) {
		box.replaceChildren(el("div", { class: "empty" },
			el("p", { class: "empty-title" }, "Nothing to report"),
			el("p", {}, "This machine answers without any values.")));
	} else if (drawn === null) {
		box.replaceChildren(...fields.map(made));
	} else {
		fields.forEach((field, index) => {
			if (keys[index] !== drawn[index]) box.children[index].replaceWith(made(field));
		});
	}
	drawn = keys;
}
