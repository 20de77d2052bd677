// Sends the form, and follows the machine's socket: one subscription, to what was last run.

import { byId, data, draw, forget, grow, isShown, timeText } from "./draw.js";

export { complain, receivers, run, setRun, show };

const form = byId("form");

function showTime(moment) {
	const time = byId("updated-time");
	time.dateTime = time.title = moment.toISOString();
	const today = moment.toDateString() === new Date().toDateString();
	time.textContent = today ? moment.toLocaleTimeString() : timeText(moment);
	byId("updated").hidden = false;
}

let said = 0;

function show(result, isNews) {
	clearErrors();
	draw(result, isNews);
	showTime(new Date());
	if (Date.now() - said < 5000) return; // spares screen readers
	said = Date.now();
	byId("said").textContent = `Result of ${byId("updated-time").textContent}`;
}

// Errors

function fail(error) {
	const name = run && error.field?.split(/[.[]/, 1)[0];
	const control = name && form.elements.namedItem(name);
	clearErrors();
	if (control) {
		fieldError(control, error.message);
		control.focus();
	} else complain(error);
	setRun(null);
}

function complain(error) {
	notice(error.message, [error.code, error.run && `run ${error.run}`]);
}

function fieldError(control, message) {
	byId(`error-${control.name}`).textContent = message;
	control.setAttribute("aria-invalid", "true");
}

function notice(message, parts = []) {
	byId("notice-text").textContent = message;
	byId("notice-code").textContent = parts.filter(Boolean).join(" · ");
	byId("notice").hidden = false;
}

function clearErrors() {
	byId("notice").hidden = true;
	document.querySelectorAll("[aria-invalid]").forEach(clearError);
}

function clearError(control) {
	byId(`error-${control.name}`).textContent = "";
	control.removeAttribute("aria-invalid");
}

// The form

let run = null; // the one on its way: its id, its input, and which texts of it have begun
let count = 0;

function setRun(next) {
	run = next;
	byId("result").setAttribute("aria-busy", String(run !== null));
	if (!form) return;
	const button = form.querySelector(".run");
	button.setAttribute("aria-disabled", String(run !== null));
	button.textContent = run ? "Working…" : "Run";
}

const asNumber = (text) => (isFinite(text) ? Number(text) : text);
const readers = {
	integer: asNumber,
	number: asNumber,
	boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
	datetime: (text) => new Date(text).toISOString(),
	json: JSON.parse,
};

const notJson = (error) => `This is not JSON: ${error.message}`;

// What is written as JSON is judged, and laid out, as soon as one leaves it.
function layOut({ target }) {
	if (target.dataset.kind !== "json") return;
	clearError(target);
	try {
		if (target.value) target.value = JSON.stringify(JSON.parse(target.value), null, 2);
	} catch (error) {
		fieldError(target, notJson(error));
	}
}

// An empty control is an absent field; null: it does not hold what it must.
function input() {
	const value = {};
	for (const control of form.querySelectorAll("[data-kind]")) {
		if (control.type === "checkbox") {
			value[control.name] = control.checked;
		} else if (control.value !== "") {
			try {
				value[control.name] = (readers[control.dataset.kind] ?? String)(control.value);
			} catch (error) {
				fieldError(control, notJson(error));
				control.focus();
				return null;
			}
		}
	}
	return value;
}

function submit(event) {
	event.preventDefault();
	if (run) return;
	clearErrors();
	const value = input();
	if (value === null) return;
	setRun({ id: `${Date.now()}-${Math.random()}`, input: value, begun: new Set() });
	if (JSON.stringify(value) !== JSON.stringify(wanted)) unfollow();
	const isKept = data.by_hand && !form.querySelector("[data-kind]"); // for who opens the page next
	if (isOpen() && !isKept) sendRun();
	else if (paused) connect();
	else post();
}

// The id is the key as well: what is sent again, by another way too, is not done again.
const sendRun = () => send({ op: "run", id: run.id, key: run.id, input: run.input });

async function post() {
	try {
		const response = await fetch("?", {
			method: "POST",
			headers: {
				"Content-Type": "application/json",
				Accept: "application/json",
				"Idempotency-Key": run.id,
			},
			body: JSON.stringify(run.input),
		});
		const reply = await response.json();
		const { ok, status } = response;
		if (status === 202) receivers.held({ id: run.id, run: reply.held.run, status });
		else if (ok) finished(reply);
		else fail(reply.error);
	} catch {
		fail({ message: "The server cannot be reached. Your input is kept." });
	}
}

// What follows from a run that the subscription hears of, too, comes as its push.
function finished(result) {
	const value = run.input;
	setRun(null);
	show(result, subscription === null);
	const box = byId("result"); // below the form on narrow screens
	if (box.getBoundingClientRect().top > innerHeight * 0.7) box.scrollIntoView();
	if (data.live && data.follows && subscription === null) follow(value);
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

// The socket

const IDLE = 4408; // the server closed a socket that nobody used
const EXPIRED = 4401; // the credentials have ended
const states = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…",
	offline: "Offline", paused: "Paused", "signed-out": "Signed out" };
let socket = null;
let wanted = form ? null : {}; // the input that is followed
let subscription = null; // its id; null: not asked for on this socket
// Up to where we have what it brought. One that nobody knows, "-", says that we have been here:
// what keeps state is not run for us again.
let cursor = form && "-";
let isFirst = false; // nothing came of it yet
let attempts = 0;
let since = 0; // when the socket was last opened
let paused = false;
let timer = 0;
let retrying = 0;

function setState(state) {
	byId("status").dataset.state = state;
	if (byId("state").textContent !== states[state]) byId("state").textContent = states[state];
}

const isOpen = () => socket?.readyState === WebSocket.OPEN;
const send = (message) => socket.send(JSON.stringify(message));

function follow(value) {
	clearTimeout(retrying);
	wanted = value;
	if (!isOpen()) return;
	subscription = `live-${++count}`;
	isFirst = true;
	send({ op: "subscribe", id: subscription, input: value, ...(cursor && { after: cursor }) });
	cursor ??= "-";
}

function unfollow() {
	if (subscription && isOpen()) send({ op: "unsubscribe", id: subscription });
	wanted = subscription = null;
	cursor = "-";
	forget();
}

function connect() {
	clearTimeout(timer);
	paused = false;
	if (attempts === 0) setState("connecting");
	socket = new WebSocket(data.live, "kanvas.v1");
	socket.onopen = opened;
	socket.onmessage = (event) => {
		const message = JSON.parse(event.data);
		receivers[message.op]?.(message);
	};
	socket.onclose = closed;
}

function opened() {
	if (attempts > 0) catchUp();
	since = Date.now();
	setState("live");
	if (wanted) follow(wanted);
	if (run) sendRun();
}

// Ops that are not here are of later versions.
const receivers = {
	result({ id, output }) {
		if (id === run?.id) finished(output);
	},
	push(message) {
		if (message.id === run?.id) show(message.output);
		if (message.id !== subscription) return;
		cursor = message.cursor ?? cursor;
		show(message.output, !(isFirst && isShown(message.output)));
		isFirst = false;
	},
	partial({ id, field, text, reset }) {
		if (id !== run?.id) return;
		grow(field, reset ? "" : text, !run.begun.has(field) || reset);
		run.begun.add(field);
	},
	error({ id, error }) {
		if (id === subscription) refused(error);
		else if (!id || id === run?.id) fail(error);
	},
};

// A refused subscription is none; without a form the page tries again itself.
function refused(error) {
	const value = wanted;
	subscription = null;
	if (!form) retrying = setTimeout(() => follow(value), 30000);
	complain(error);
}

function closed(event) {
	subscription = null;
	clearTimeout(retrying);
	dispatchEvent(new Event("kanvas-closed"));
	if (event.code === IDLE) {
		paused = true;
		setState("paused");
		return;
	}
	if (run) data.by_hand ? fail({ message: "The connection was lost. It may have been done: look before you run it again." }) : post();
	if (event.code === EXPIRED || since === 0) checkSession();
	if (Date.now() - since > 5000) attempts = 0; // accepted and dropped is not back
	const wait = Math.min(500 * 2 ** attempts++, 20000) * (0.5 + Math.random() / 2);
	setState(attempts < 4 ? "reconnecting" : "offline");
	timer = setTimeout(connect, wait);
}

// What a server that answers says of itself; without one nothing.
async function ask(url) {
	const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
	return response?.ok ? response.json() : {};
}

// No browser tells why a socket was refused.
async function checkSession() {
	if ((await ask("/_kanvas/session")).signed_in !== false) return;
	clearTimeout(timer);
	paused = true;
	setState("signed-out");
	notice("You are signed out. Reload to sign in again.");
}

function wake() {
	const away = socket.readyState === WebSocket.CLOSED;
	if (away && (!paused || document.visibilityState === "visible")) connect();
}

// After a break the server may run a newer program, or no longer simulate.
async function catchUp() {
	const { build, simulated } = await ask("?");
	if (!build) return;
	byId("ribbon").hidden = !simulated;
	if (build === data.build) return;
	if (form) notice("This page has a newer version. Reload it when you are done.");
	else location.reload();
}

// Start

useLocalTimes();
form?.addEventListener("submit", submit);
form?.addEventListener("change", layOut);
if (data.at) showTime(new Date(data.at));
if (data.result) draw(data.result);
if (data.live) {
	connect();
	addEventListener("online", wake);
	document.addEventListener("visibilitychange", wake);
}
