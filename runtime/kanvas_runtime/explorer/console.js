// The console of a socket: connect, send what one likes, see every frame.
import { el, sample } from "./schema.js";

const MOST = 300;
const SAID = { idle: "Not connected", connecting: "Connecting…", live: "Connected", offline: "Closed" };
let consoles = 0;

export function consoleOf(path, channels, whole) {
	const number = ++consoles;
	const id = (name) => `${name}-${number}`;
	const protected_ = channels.some(([, channel]) => channel["x-auth"].some((way) => way !== "none" && way !== "loopback"));
	let socket = null;

	const state = el("span", { class: "state", role: "status" }, SAID.idle);
	const status = el("p", { class: "status", "data-state": "idle" }, el("span", { class: "dot", "aria-hidden": "true" }), state);
	const protocol = el("select", { id: id("protocol") },
		...channels.map(([name]) => el("option", { value: name }, name.endsWith(".v1") ? "kanvas.v1" : "plain")));
	const key = el("input", { id: id("key"), type: "password", autocomplete: "off", placeholder: "kv_…" });
	const text = el("textarea", { id: id("message"), rows: "5", spellcheck: "false" });
	const examples = el("div", { class: "examples", role: "group", "aria-label": "Examples" });
	const log = el("ol", { class: "log", role: "log", "aria-label": "Frames", tabindex: "0" });
	const send = el("button", { class: "run", type: "submit", disabled: true }, "Send");
	const connect = el("button", { class: "run", type: "button", onclick: () => (socket === null ? open() : socket.close()) }, "Connect");

	function become(name, why) {
		status.dataset.state = name;
		state.textContent = why ? `${SAID[name]}: ${why}` : SAID[name];
		send.disabled = name !== "live";
		connect.textContent = socket === null ? "Connect" : "Disconnect";
		protocol.disabled = key.disabled = socket !== null;
	}

	function write(kind, what, said) {
		let shown = said;
		try {
			shown = JSON.stringify(JSON.parse(said), null, 1).replace(/\n\s*/g, " ");
		} catch {
			// It is shown as it is.
		}
		const now = new Date();
		const time = el("time", { datetime: now.toISOString() }, now.toLocaleTimeString());
		log.append(el("li", { class: kind }, time, el("span", { class: "who" }, what), el("code", { dir: "auto" }, shown)));
		while (log.children.length > MOST) log.firstChild.remove();
		log.scrollTop = log.scrollHeight;
	}

	async function ticket() {
		if (!key.value) return null;
		const reply = await fetch("/_kanvas/ticket", {
			method: "POST",
			headers: { Authorization: `Bearer ${key.value}`, "Content-Type": "application/json" },
			body: JSON.stringify({ path }),
		});
		const body = await reply.json();
		if (!reply.ok) throw new Error(body.error?.message ?? `${reply.status}`);
		return body.ticket;
	}

	async function open() {
		become("connecting");
		const names = [protocol.value.endsWith(".v1") ? "kanvas.v1" : "kanvas.plain"];
		try {
			const got = await ticket();
			if (got) names.push(`kanvas.ticket.${got}`);
		} catch (error) {
			write("note", "refused", error.message);
			become("offline", error.message);
			return;
		}
		const opened = (socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${path}`, names));
		become("connecting");
		opened.onopen = () => {
			write("note", "open", names[0]);
			become("live");
		};
		opened.onmessage = (event) => write("received", "app", event.data);
		opened.onclose = (event) => {
			const codes = channels[0][1]["x-close-codes"];
			const hint = event.code === 1006 ? "refused, or the connection was lost" : codes[event.code] ?? event.reason;
			write("note", "close", `${event.code} ${hint}`);
			socket = null;
			become("offline", String(event.code));
		};
	}

	function offer() {
		const [, channel] = channels.find(([name]) => name === protocol.value);
		const spoken = sent(protocol.value, whole);
		examples.replaceChildren(...spoken.map((name) => el("button", { type: "button", onclick: () => fill(name, channel) }, name)));
		fill(spoken[0], channel);
	}

	function fill(name, channel) {
		const message = whole.components.messages[channel.messages[name].$ref.split("/").pop()];
		const made = sample(message.payload, whole);
		if (typeof made.id === "string") made.id = "1";
		text.value = JSON.stringify(made, null, 2);
	}

	const form = el("form", {
		onsubmit: (event) => {
			event.preventDefault();
			if (socket?.readyState !== WebSocket.OPEN) return;
			let frame = text.value;
			try {
				frame = JSON.stringify(JSON.parse(frame));
			} catch {
				// What is no JSON is sent as it is: the answer says so.
			}
			socket.send(frame);
			write("sent", "you", frame);
		},
	},
	el("div", { class: "row" },
		el("div", { class: "field" }, el("label", { for: id("protocol") }, "Protocol"), protocol),
		protected_ ? el("div", { class: "field" }, el("label", { for: id("key") }, "API key"), key) : "",
		connect),
	el("div", { class: "field" }, el("label", { for: id("message") }, "Message"), examples, text),
	el("div", { class: "row" }, send, el("button", { type: "button", class: "quiet", onclick: () => log.replaceChildren() }, "Clear")));
	protocol.addEventListener("change", offer);
	offer();
	return el("section", { class: "console", "aria-label": `Console of ${path}` }, status, form, log);
}

// The messages that a client sends on a channel, by name.
export function sent(channel, whole) {
	const at = `#/channels/${channel}`;
	return Object.values(whole.operations)
		.filter((operation) => operation.action === "receive" && operation.channel.$ref === at)
		.map((operation) => operation.messages[0].$ref.split("/").pop());
}
