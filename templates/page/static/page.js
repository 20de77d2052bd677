// Draws results as the server's templates do, sends the form, and keeps both live.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const form = byId("form");
const PAGE_ROWS = 100; // rows of a table or a list that are shown at once
const HISTORY = 60; // pushed numbers that a sparkline remembers
const DEEPEST = 6; // levels of nesting that are laid out
const LINE = 48; // characters; a longer text is set as prose
const SVG = "http://www.w3.org/2000/svg";

// --- Elements. Values become text nodes and attributes, never markup. ---

function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	set(node, attributes);
	node.append(...children);
	return node;
}

function set(node, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (value === true) node.setAttribute(name, "");
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
}

function svg(tag, attributes, ...children) {
	const node = document.createElementNS(SVG, tag);
	set(node, attributes);
	node.append(...children);
	return node;
}

// --- What a person did to a view (sorting, unfolding, paging) outlives its redrawing. ---

const views = new Map();

function viewState(path) {
	if (!views.has(path)) views.set(path, {});
	return views.get(path);
}

// --- Values by shape ---

const numeric = (kind) => kind === "integer" || kind === "number" || kind === "decimal";
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function guess(value) {
	if (typeof value === "boolean") return { kind: "boolean" };
	if (typeof value === "number") return { kind: "number" };
	if (Array.isArray(value)) return { kind: "list", item: guessItem(value) };
	return isRecord(value) ? { kind: "map", item: { kind: "any" } } : { kind: "text" };
}

function guessItem(items, part = { kind: "any" }) {
	if (items.length && items.every(isRecord)) {
		const names = new Set(items.flatMap(Object.keys));
		const fields = [...names].map((name) => ({ ...part, name, label: labelOf(name) }));
		return { kind: "object", fields };
	}
	if (items.length && items.every((item) => typeof item === "number")) return { kind: "number" };
	return { kind: "any" };
}

function labelOf(name) {
	const words = name.replaceAll("_", " ").trim() || name;
	const [first = "", ...rest] = words;
	return first.toUpperCase() + rest.join("");
}

function numberText(value) {
	const [whole, ...rest] = String(value).split(".");
	const digits = whole.replace(/^-/, "");
	if (!/^\d+$/.test(digits)) return String(value);
	const sign = whole.slice(0, whole.length - digits.length);
	const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ",");
	return [sign + grouped, ...rest].join(".");
}

function timeText(moment) {
	return moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function plain(shape, value) {
	if (shape.kind === "secret") return el("span", { class: "none" }, "Hidden");
	if (value == null) return el("span", { class: "none" }, "—");
	if (typeof value === "object") return el("span", { class: "none" }, "Empty");
	if (typeof value === "boolean") {
		return el("span", { class: value ? "badge on" : "badge" }, value ? "Yes" : "No");
	}
	if (numeric(shape.kind)) return el("span", { dir: "auto" }, numberText(value));
	const moment = shape.kind === "datetime" ? new Date(value) : null;
	if (moment && !Number.isNaN(moment.valueOf())) {
		return el("time", { datetime: value, title: value }, timeText(moment));
	}
	return el("span", { dir: "auto" }, String(value));
}

function isCompound(shape, value) {
	if (shape.kind === "secret" || value === null || typeof value !== "object") return false;
	return (Array.isArray(value) ? value : Object.keys(value)).length > 0;
}

function countText(value) {
	const list = Array.isArray(value);
	const count = list ? value.length : Object.keys(value).length;
	const [one, many] = list ? ["item", "items"] : ["entry", "entries"];
	return `${numberText(count)} ${count === 1 ? one : many}`;
}

function inline(shape, value, path, depth) {
	shape = shape.kind === "any" && value != null ? guess(value) : shape;
	if (!isCompound(shape, value)) return plain(shape, value);
	const state = viewState(path);
	const key = `fold ${path}`;
	const details = el("details", { open: state.open === true });
	details.append(el("summary", { "data-key": key }, countText(value)));
	const fill = () => details.append(...block(shape, value, path, depth));
	if (state.open) fill();
	details.addEventListener("toggle", () => {
		state.open = details.open;
		if (details.open && details.children.length === 1) fill();
	});
	return details;
}

function block(shape, value, path, depth) {
	if (depth >= DEEPEST) return [el("pre", { dir: "auto" }, JSON.stringify(value, null, 2))];
	if (!Array.isArray(value)) return [pairs(shape, value, path, depth)];
	const given = shape.item ?? { kind: "any" };
	const open = given.kind === "any" || given.kind === "map";
	const item = open ? guessItem(value, given.item) : given;
	if (item.kind === "object" && item.fields.length) return table(item, value, path, depth);
	if (numeric(item.kind) && !value.includes(null)) return chart(value);
	return list(item, value, path, depth);
}

function pairs(shape, value, path, depth) {
	const of = (name) => ({ name, label: name, ...(shape.item ?? { kind: "any" }) });
	const fields = shape.kind === "object" ? shape.fields : Object.keys(value).map(of);
	const rows = fields.map((field) =>
		el("div", {},
			el("dt", { dir: "auto" }, field.label),
			el("dd", {}, inline(field, value[field.name], `${path}.${field.name}`, depth + 1))));
	return el("dl", { class: "pairs" }, ...rows);
}

function list(item, values, path, depth) {
	const node = el("ul", { class: "list" });
	return paged(path, values.length, (from, to) => {
		const rows = values.slice(from, to).map((value, index) =>
			el("li", {}, inline(item, value, `${path}.${from + index}`, depth + 1)));
		node.replaceChildren(...rows);
	}, node);
}

// --- Tables: sorted by their headings, a page of rows at a time ---

function table(item, values, path, depth) {
	const state = viewState(path);
	const head = el("tr");
	const body = el("tbody");
	const label = `Table, ${countText(values)}`;
	const box = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
		el("table", {}, el("thead", {}, head), body));
	let order = [];
	const sort = () => {
		order = sorted(values, state);
		head.replaceChildren(...item.fields.map((field) => heading(field, state, path, again)));
	};
	const fill = (from, to) => {
		body.replaceChildren(...order.slice(from, to).map((index) =>
			row(item.fields, values[index] ?? {}, `${path}.${index}`, depth)));
	};
	sort();
	const nodes = paged(path, values.length, fill, box);
	function again() {
		state.page = 0;
		keepFocus(() => { sort(); nodes.refill(); });
	}
	return nodes;
}

function heading(field, state, path, again) {
	const direction = state.by === field.name ? state.direction : null;
	const names = { 1: "ascending", "-1": "descending" };
	const button = el("button", { type: "button", "data-key": `sort ${path} ${field.name}` },
		el("span", { dir: "auto" }, field.label));
	button.addEventListener("click", () => {
		state.direction = direction === 1 ? -1 : 1;
		state.by = field.name;
		again();
	});
	return el("th", { scope: "col", class: numeric(field.kind) ? "num" : null,
		"aria-sort": names[direction] }, button);
}

function row(fields, value, path, depth) {
	return el("tr", {}, ...fields.map((field) => {
		const part = value[field.name];
		const number = numeric(field.kind) || typeof part === "number";
		return el("td", { class: number && part != null ? "num" : "" },
			inline(field, part, `${path}.${field.name}`, depth + 1));
	}));
}

function sorted(values, state) {
	const order = values.map((_, index) => index);
	if (state.by === undefined) return order;
	const key = (index) => values[index]?.[state.by];
	return order.sort((one, two) => state.direction * compare(key(one), key(two)));
}

function compare(one, two) {
	if (one == null || two == null) return (one == null) - (two == null);
	if (typeof one === "number" && typeof two === "number") return one - two;
	const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
	return text(one).localeCompare(text(two), undefined, { numeric: true });
}

function paged(path, count, fill, node) {
	const state = viewState(path);
	const place = el("span");
	const turn = (step, text) => {
		const button = el("button", { type: "button", "data-key": `${text} ${path}` }, text);
		button.addEventListener("click", () => { state.page += step; refill(); });
		return button;
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

// --- Charts ---

function points(numbers, width, height) {
	const [low, high] = limits(numbers);
	const scale = Math.max(Math.abs(low), Math.abs(high), 1);
	const span = high / scale - low / scale;
	const step = width / Math.max(numbers.length - 1, 1);
	const up = (number) => (span ? (number / scale - low / scale) / span : 0.5);
	return numbers.map((number, index) =>
		`${(index * step).toFixed(1)},${(height - up(number) * height).toFixed(1)}`).join(" ");
}

function limits(numbers) {
	return numbers.reduce(([low, high], number) => [Math.min(low, number), Math.max(high, number)],
		[numbers[0], numbers[0]]);
}

function line(path, width, height) {
	const area = svg("polygon", { points: `0,${height} ${path} ${width},${height}` });
	return [area, svg("polyline", { points: path })];
}

function chart(values) {
	const numbers = values.map(Number);
	const [low, high] = limits(numbers).map((limit) => numberText(values[numbers.indexOf(limit)]));
	const count = countText(values);
	const label = `${count}, from ${low} to ${high}`;
	return [
		el("figure", { class: "chart" },
			svg("svg", { viewBox: "0 0 600 160", preserveAspectRatio: "none", role: "img",
				"aria-label": label }, ...line(points(numbers, 600, 160), 600, 160)),
			el("figcaption", {},
				el("span", {}, count), el("span", {}, `Low ${low}`), el("span", {}, `High ${high}`))),
		el("details", {}, el("summary", {}, "Values"),
			el("p", { class: "values" },
				...values.flatMap((value) => [el("span", {}, numberText(value)), " "]))),
	];
}

const history = new Map();

function remember(result) {
	for (const field of data.output.fields) {
		const value = result[field.name];
		if (!numeric(field.kind) || value == null) continue;
		const past = history.get(field.name) ?? [];
		history.set(field.name, [...past, Number(value)].slice(-HISTORY));
	}
}

function sparkline(name) {
	const past = history.get(name) ?? [];
	if (past.length < 2) return [];
	return [svg("svg", { class: "spark", viewBox: "0 0 200 32", preserveAspectRatio: "none",
		role: "img", "aria-label": `The last ${past.length} values` },
		...line(points(past, 200, 32), 200, 32))];
}

// --- The result ---

function tile(field, value) {
	const shape = field.kind === "any" && value != null ? { ...guess(value) } : field;
	const label = el("h2", { class: "label", dir: "auto" }, field.label);
	if (isCompound(shape, value)) {
		const parts = block(shape, value, field.name, 0);
		return el("section", { class: "tile wide" }, label, ...parts);
	}
	if (numeric(shape.kind) && value != null) {
		const metric = el("p", { class: "metric", dir: "auto" }, numberText(value));
		return el("section", { class: "tile" }, label, metric, ...sparkline(field.name));
	}
	const long = typeof value === "string" && shape.kind !== "secret"
		&& ([...value].length > LINE || value.includes("\n"));
	return el("section", { class: long ? "tile tile-prose wide" : "tile" }, label,
		el("p", { class: "value" }, plain(shape, value)));
}

function keepFocus(change) {
	const key = document.activeElement?.dataset.key;
	change();
	if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

let latest = null;
let drawing = false;

function draw(result) {
	latest = result;
	if (drawing) return;
	drawing = true;
	requestAnimationFrame(() => {
		drawing = false;
		const fields = data.output.fields;
		if (fields.length === 0) {
			byId("tiles").replaceChildren(empty("Nothing to report",
				"This machine answers without any values."));
			return;
		}
		keepFocus(() => {
			byId("tiles").replaceChildren(...fields.map((field) => tile(field, latest[field.name])));
		});
	});
}

function empty(title, text) {
	return el("div", { class: "empty" }, el("p", { class: "empty-title" }, title), el("p", {}, text));
}

function showTime(moment) {
	const time = byId("updated-time");
	time.dateTime = moment.toISOString();
	time.title = moment.toISOString();
	const today = moment.toDateString() === new Date().toDateString();
	time.textContent = today ? moment.toLocaleTimeString() : timeText(moment);
	byId("updated").hidden = false;
}

let said = 0;

function say(text) {
	if (Date.now() - said < 5000) return; // a reader is not to be flooded by fast pushes
	said = Date.now();
	byId("said").textContent = "";
	byId("said").textContent = text;
}

function show(result) {
	clearErrors();
	remember(result);
	draw(result);
	showTime(new Date());
	setBusy(false);
	say("Result updated");
}

// --- Errors ---

function controlOf(error) {
	const name = error.field?.split(/[.[]/, 1)[0];
	return name ? form?.elements.namedItem(name) : null;
}

function fail(error) {
	const control = busy ? controlOf(error) : null;
	clearErrors();
	if (control) fieldError(control, error.message);
	else notice(error.message, [error.code, error.run && `run ${error.run}`]);
	if (busy) wanted = null;
	else if (!form) retry();
	setBusy(false);
}

function fieldError(control, message) {
	byId(`error-${control.name}`).textContent = message;
	control.setAttribute("aria-invalid", "true");
	control.closest(".field").classList.add("invalid");
	control.focus();
}

function notice(message, parts) {
	byId("notice-text").textContent = message;
	byId("notice-code").textContent = parts.filter(Boolean).join(" · ");
	byId("notice").hidden = false;
}

function clearErrors() {
	byId("notice").hidden = true;
	for (const field of document.querySelectorAll(".field.invalid")) {
		field.classList.remove("invalid");
		field.querySelector(".error").textContent = "";
		field.querySelector("[aria-invalid]").removeAttribute("aria-invalid");
	}
}

// --- The form ---

let busy = false;

function setBusy(on) {
	busy = on;
	byId("result").setAttribute("aria-busy", String(on));
	if (!form) return;
	form.classList.toggle("busy", on);
	form.querySelector(".run").setAttribute("aria-disabled", String(on));
	form.querySelector(".run-text").textContent = on ? "Working…" : "Run";
}

const readers = {
	integer: (text) => (Number.isFinite(Number(text)) ? Number(text) : text),
	number: (text) => (Number.isFinite(Number(text)) ? Number(text) : text),
	boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
	datetime: (text) => new Date(text).toISOString(),
	list: JSON.parse,
	map: JSON.parse,
	object: JSON.parse,
	any: JSON.parse,
};

// An empty control is an absent field. Null when a field does not hold what it has to.
function input() {
	const value = {};
	for (const control of form.querySelectorAll("[data-kind]")) {
		if (control.type === "checkbox") {
			value[control.name] = control.checked;
		} else if (control.value !== "") {
			try {
				value[control.name] = (readers[control.dataset.kind] ?? String)(control.value);
			} catch {
				fieldError(control, "This is not JSON");
				return null;
			}
		}
	}
	return value;
}

function submit(event) {
	event.preventDefault();
	if (busy) return;
	clearErrors();
	const value = input();
	if (value === null) return;
	setBusy(true);
	history.clear();
	if (socket?.readyState === WebSocket.OPEN) {
		subscribe(value);
	} else if (paused) {
		wanted = value;
		connect();
	} else {
		post(value);
	}
}

// A page without a form has nobody to press its button: it asks again after a while.
function retry() {
	clearTimeout(retrying);
	retrying = setTimeout(() => {
		if (socket?.readyState === WebSocket.OPEN) subscribe(true);
	}, 30000);
}

async function post(value) {
	try {
		const response = await fetch("?", {
			method: "POST",
			headers: { "Content-Type": "application/json", Accept: "application/json" },
			body: JSON.stringify(value),
		});
		const reply = await response.json();
		if (response.ok) {
			wanted = value;
			show(reply);
		} else fail(reply.error);
	} catch {
		fail({ message: "The server cannot be reached. Your input is kept.", code: "" });
	}
}

// Browsers hold such a control in local time, the page without script in UTC.
function useLocalTimes() {
	for (const control of form?.querySelectorAll("[data-kind=datetime]") ?? []) {
		byId(`hint-${control.name}`).textContent = "In your local time";
		const moment = new Date(`${control.value}Z`);
		if (Number.isNaN(moment.valueOf())) continue;
		moment.setMinutes(moment.getMinutes() - moment.getTimezoneOffset());
		control.defaultValue = control.value = moment.toISOString().slice(0, 19);
	}
}

// --- The socket: one subscription, to what was last run ---

const IDLE = 4408; // the server closed a socket that nobody used
const states = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…",
	offline: "Offline", paused: "Paused" };
let socket = null;
let wanted = form ? null : true;
let stale = 0; // subscriptions given up whose end the server has not confirmed yet
let attempts = 0;
let paused = false;
let timer = 0;
let retrying = 0;

function setState(state) {
	byId("status").dataset.state = state;
	if (byId("state").textContent !== states[state]) byId("state").textContent = states[state];
}

function send(message) {
	socket.send(JSON.stringify(message));
}

function subscribe(value) {
	if (wanted !== null) {
		stale += 1;
		send({ unsubscribe: wanted });
	}
	wanted = value;
	send({ subscribe: value });
}

function connect() {
	clearTimeout(timer);
	paused = false;
	stale = 0;
	setState(attempts === 0 ? "connecting" : attempts < 4 ? "reconnecting" : "offline");
	const scheme = location.protocol === "https:" ? "wss" : "ws";
	socket = new WebSocket(`${scheme}://${location.host}${data.live}`);
	socket.addEventListener("open", opened);
	socket.addEventListener("message", (event) => received(JSON.parse(event.data)));
	socket.addEventListener("close", closed);
}

function opened() {
	if (attempts > 0) catchUp();
	attempts = 0;
	setState("live");
	if (wanted !== null) send({ subscribe: wanted });
}

function received(message) {
	if ("unsubscribed" in message) stale -= 1;
	else if (stale === 0 && message.error) fail(message.error);
	else if (stale === 0) show(message);
}

function closed(event) {
	if (event.code === IDLE) {
		paused = true;
		setState("paused");
		return;
	}
	if (busy) post(wanted);
	const wait = Math.min(500 * 2 ** attempts, 20000) * (0.5 + Math.random() / 2);
	attempts += 1;
	setState(navigator.onLine && attempts < 4 ? "reconnecting" : "offline");
	timer = setTimeout(connect, wait);
}

function wake() {
	const away = socket.readyState === WebSocket.CLOSED;
	if (away && (!paused || document.visibilityState === "visible")) connect();
}

// After a break the server may be another one: of a newer program, or no longer simulated.
async function catchUp() {
	const response = await fetch("?", { headers: { Accept: "application/json" } }).catch(() => null);
	if (!response?.ok) return;
	const { build, simulated } = await response.json();
	byId("ribbon").hidden = !simulated;
	if (build === data.build) return;
	if (form) notice("This page has a newer version. Reload it when you are done here.", []);
	else location.replace(location.href);
}

// --- Start ---

useLocalTimes();
form?.addEventListener("submit", submit);
if (data.at) showTime(new Date(data.at));
if (data.result) {
	remember(data.result);
	draw(data.result);
}
if (data.live) {
	connect();
	addEventListener("online", wake);
	addEventListener("offline", () => setState("offline"));
	document.addEventListener("visibilitychange", wake);
}
