// Draws results as the server's templates do, sends the form, and keeps both live.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const form = byId("form");
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

// What a person did to a view (sorting, paging) outlives its redrawing.

const views = new Map();

function viewState(path) {
	if (!views.has(path)) views.set(path, {});
	return views.get(path);
}

// By shape

const numeric = (kind) => kind === "integer" || kind === "number" || kind === "decimal";
const own = (value, name) => (Object.hasOwn(value, name) ? value[name] : null);
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function guess(value) {
	if (typeof value === "boolean" || typeof value === "number") return { kind: typeof value };
	if (Array.isArray(value)) return { kind: "list", item: guessItem(value) };
	return isRecord(value) ? { kind: "map", item: ANY } : { kind: "text" };
}

function guessItem(items, part = ANY) {
	const numbers = (values) => values.length && values.every((value) => typeof value === "number");
	if (items.length && items.every(isRecord)) {
		const names = new Set(items.flatMap(Object.keys));
		const fields = [...names].map((name) => {
			const known = numbers(items.map((item) => own(item, name))) ? { kind: "number" } : part;
			return { ...known, name, label: name };
		});
		return { kind: "object", fields };
	}
	return numbers(items) ? { kind: "number" } : ANY;
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
	if (shape.kind === "secret") return none("Hidden");
	if (value == null) return none("—");
	if (typeof value === "object") return none("Empty");
	if (typeof value === "boolean") {
		return el("span", { class: value ? "badge on" : "badge" }, value ? "Yes" : "No");
	}
	if (numeric(shape.kind)) return textOf(numberText(value));
	const moment = shape.kind === "datetime" ? new Date(value) : null;
	if (moment && !isNaN(moment)) {
		return el("time", { datetime: value, title: value }, timeText(moment));
	}
	return textOf(String(value));
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
	if (depth >= DEEPEST) return [el("pre", { dir: "auto" }, JSON.stringify(value, null, 2))];
	if (!Array.isArray(value)) return [pairs(shape, value, path, depth)];
	const given = shape.item ?? ANY;
	const open = given.kind === "any" || given.kind === "map";
	const item = open ? guessItem(value, given.item) : given;
	if (item.kind === "object" && item.fields.length) return table(item, value, path, depth);
	if (numeric(item.kind) && !value.includes(null)) return chart(value, path);
	return list(item, value, path, depth);
}

function pairs(shape, value, path, depth) {
	const of = (name) => ({ name, label: name, ...(shape.item ?? ANY) });
	const fields = shape.kind === "object" ? shape.fields : Object.keys(value).map(of);
	const rows = fields.map((field) =>
		el("div", {},
			el("dt", { dir: "auto" }, field.label),
			el("dd", {}, inline(field, own(value, field.name), `${path}.${field.name}`, depth + 1))));
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

// Tables: sorted by headings, a page at a time

function table(item, values, path, depth) {
	const state = viewState(path);
	const head = el("tr");
	const body = el("tbody");
	const box = el("div", { class: "scroll", tabindex: "0", role: "region",
		"aria-label": `Table, ${countText(values)}`, "data-key": `scroll ${path}` },
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
	return el("th", { scope: "col", class: numeric(field.kind) ? "num" : null,
		"aria-sort": direction && (direction > 0 ? "ascending" : "descending") }, button);
}

function row(fields, value, path, depth) {
	return el("tr", {}, ...fields.map((field) => {
		const part = own(value, field.name);
		const cell = inline(field, part, `${path}.${field.name}`, depth + 1);
		return el("td", { class: numeric(field.kind) && part != null ? "num" : "" }, cell);
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

function plot(name, numbers, width, height, label) {
	const path = points(numbers, width, height);
	return svg("svg", { class: name, viewBox: `0 0 ${width} ${height}`,
		preserveAspectRatio: "none", role: "img", "aria-label": label },
		svg("polygon", { points: `0,${height} ${path} ${width},${height}` }),
		svg("polyline", { points: path }));
}

function chart(values, path) {
	const numbers = values.map(Number);
	const [low, high] = limits(numbers).map((limit) => numberText(values[numbers.indexOf(limit)]));
	const count = countText(values);
	const parts = [count, `Low ${low}`, `High ${high}`].map((text) => el("span", {}, text));
	return [
		el("figure", { class: "chart" },
			plot(null, numbers, 600, 160, `${count}, from ${low} to ${high}`),
			el("figcaption", {}, ...parts)),
		fold(`${path} values`, "Values", () => [el("p", { class: "values" }, values.map(numberText).join(" "))]),
	];
}

const history = new Map();

function remember(result) {
	for (const field of data.output.fields) {
		const value = own(result, field.name);
		if (!numeric(field.kind) || value == null) continue;
		const past = history.get(field.name) ?? [];
		history.set(field.name, [...past, Number(value)].slice(-HISTORY));
	}
}

function sparkline(name) {
	const past = history.get(name) ?? [];
	if (past.length < 2) return [];
	return [plot("spark", past, 200, 32, `The last ${past.length} values`)];
}

// The result

function tile(field, value) {
	const shape = field.kind === "any" && value != null ? guess(value) : field;
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

function draw(result) {
	if (latest === null) {
		requestAnimationFrame(() => {
			keepPlace(drawTiles);
			latest = null;
		});
	}
	latest = result;
}

function drawTiles() {
	const { fields } = data.output;
	const box = byId("tiles");
	const made = (field) => tile(field, own(latest, field.name));
	const keys = fields.map(({ name }) => JSON.stringify([own(latest, name), history.get(name)]));
	if (fields.length === 0) {
		box.replaceChildren(empty("Nothing to report", "This machine answers without any values."));
	} else if (drawn === null) {
		box.replaceChildren(...fields.map(made));
	} else {
		fields.forEach((field, index) => {
			if (keys[index] !== drawn[index]) box.children[index].replaceWith(made(field));
		});
	}
	drawn = keys;
}

function empty(title, text) {
	return el("div", { class: "empty" }, el("p", { class: "empty-title" }, title), el("p", {}, text));
}

function showTime(moment) {
	const time = byId("updated-time");
	time.dateTime = time.title = moment.toISOString();
	const today = moment.toDateString() === new Date().toDateString();
	time.textContent = today ? moment.toLocaleTimeString() : timeText(moment);
	byId("updated").hidden = false;
}

let said = 0;

function show(result) {
	clearErrors();
	remember(result);
	draw(result);
	showTime(new Date());
	const box = byId("result"); // below the form on narrow screens
	if (busy && box.getBoundingClientRect().top > innerHeight * 0.7) box.scrollIntoView();
	setBusy(false);
	if (Date.now() - said < 5000) return; // spares screen readers
	said = Date.now();
	byId("said").textContent = `Result of ${byId("updated-time").textContent}`;
}

// Errors

function fail(error) {
	const name = busy && error.field?.split(/[.[]/, 1)[0];
	const control = name && form.elements.namedItem(name);
	clearErrors();
	if (control) fieldError(control, error.message);
	else notice(error.message, [error.code, error.run && `run ${error.run}`]);
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

// The form

let busy = false;

function setBusy(on) {
	busy = on;
	byId("result").setAttribute("aria-busy", String(on));
	if (!form) return;
	form.classList.toggle("busy", on);
	const button = form.querySelector(".run");
	button.setAttribute("aria-disabled", String(on));
	button.textContent = on ? "Working…" : "Run";
}

const asNumber = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
const readers = {
	integer: asNumber,
	number: asNumber,
	boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
	datetime: (text) => new Date(text).toISOString(),
	json: JSON.parse,
};

// An empty control is an absent field; null: it does not hold what it must.
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
	if (JSON.stringify(value) !== JSON.stringify(wanted)) history.clear();
	if (socket?.readyState === WebSocket.OPEN) {
		subscribe(value);
	} else if (paused) {
		wanted = value;
		connect();
	} else {
		post(value);
	}
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
		fail({ message: "The server cannot be reached. Your input is kept." });
	}
}

// Browsers hold such a control in local time, the page without script in UTC.
function useLocalTimes() {
	for (const control of form?.querySelectorAll("[data-kind=datetime]") ?? []) {
		byId(`hint-${control.name}`).textContent = "In your local time";
		const moment = new Date(`${control.value}Z`);
		if (isNaN(moment)) continue;
		moment.setMinutes(moment.getMinutes() - moment.getTimezoneOffset());
		control.defaultValue = control.value = moment.toISOString().slice(0, 19);
	}
}

// The socket: one subscription, to what was last run

const IDLE = 4408; // the server closed a socket that nobody used
const EXPIRED = 4401; // the credentials have ended
const states = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…",
	offline: "Offline", paused: "Paused", "signed-out": "Signed out" };
let socket = null;
let wanted = form ? null : true;
let stale = 0; // subscriptions given up, not yet confirmed
let attempts = 0;
let since = 0; // when the socket was last opened
let paused = false;
let timer = 0;
let retrying = 0;

function setState(state) {
	byId("status").dataset.state = state;
	if (byId("state").textContent !== states[state]) byId("state").textContent = states[state];
}

const send = (message) => socket.send(JSON.stringify(message));

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
	clearTimeout(retrying);
	paused = false;
	stale = 0;
	if (attempts === 0) setState("connecting");
	const scheme = location.protocol === "https:" ? "wss" : "ws";
	socket = new WebSocket(`${scheme}://${location.host}${data.live}`);
	socket.onopen = opened;
	socket.onmessage = (event) => received(JSON.parse(event.data));
	socket.onclose = closed;
}

function opened() {
	if (attempts > 0) catchUp();
	since = Date.now();
	setState("live");
	if (wanted !== null) send({ subscribe: wanted });
}

function received(message) {
	if ("unsubscribed" in message) stale -= 1;
	else if (stale === 0 && message.error) refused(message.error);
	else if (stale === 0) show(message);
}

// A refused subscription is none; without a form the page tries again itself.
function refused(error) {
	if (busy) wanted = null;
	else if (!form) retrying = setTimeout(resubscribe, 30000);
	fail(error);
}

function resubscribe() {
	if (socket.readyState === WebSocket.OPEN) send({ subscribe: wanted });
}

function closed(event) {
	if (event.code === IDLE) {
		paused = true;
		setState("paused");
		return;
	}
	if (busy) post(wanted);
	if (event.code === EXPIRED || since === 0) checkSession();
	if (Date.now() - since > 5000) attempts = 0; // accepted and dropped is not back
	const wait = Math.min(500 * 2 ** attempts, 20000) * (0.5 + Math.random() / 2);
	attempts += 1;
	setState(attempts < 4 ? "reconnecting" : "offline");
	timer = setTimeout(connect, wait);
}

// No browser tells why a socket was refused.
async function checkSession() {
	const response = await fetch("/_kanvas/session").catch(() => null);
	if (!response?.ok || (await response.json()).signed_in !== false) return;
	clearTimeout(timer);
	paused = true;
	setState("signed-out");
	notice("You are signed out. Reload to sign in again.", []);
}

function wake() {
	const away = socket.readyState === WebSocket.CLOSED;
	if (away && (!paused || document.visibilityState === "visible")) connect();
}

// After a break the server may run a newer program, or no longer simulate.
async function catchUp() {
	const response = await fetch("?", { headers: { Accept: "application/json" } }).catch(() => null);
	if (!response?.ok) return;
	const { build, simulated } = await response.json();
	byId("ribbon").hidden = !simulated;
	if (build === data.build) return;
	if (form) notice("This page has a newer version. Reload it when you are done here.", []);
	else location.replace(location.href);
}

// Start

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
	document.addEventListener("visibilitychange", wake);
}
