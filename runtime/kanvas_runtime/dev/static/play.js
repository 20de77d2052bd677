// The playground. Whatever comes from the app reaches the page as text, never as markup.

const by = (id) => document.getElementById(id);
const MOST = 200;

let sockets = [];
let socket = null;
let subscribed = null;
let count = 0;
let onlyRun = null;

const make = (tag, className, ...inside) => {
	const element = document.createElement(tag);
	if (className) element.className = className;
	element.append(...inside);
	return element;
};

const clock = (when) => {
	const time = make("time", "", when.toLocaleTimeString(undefined, { hour12: false }) + "." + String(when.getMilliseconds()).padStart(3, "0"));
	time.dateTime = when.toISOString();
	return time;
};

const put = (list, item) => {
	list.prepend(item);
	while (list.children.length > MOST) list.lastChild.remove();
};

const status = (text, kind = "") => {
	by("status").textContent = text;
	by("status").className = `status ${kind}`;
	by("disconnect").disabled = socket === null;
	by("unsubscribe").disabled = subscribed === null;
};

const wrong = (text) => {
	by("wrong").textContent = text ?? "";
	by("wrong").hidden = !text;
};

// Frames

const pretty = (text) => {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
};

const frame = (direction, text) => {
	let said = null;
	try {
		said = JSON.parse(text);
	} catch {}
	const failed = said?.op === "error" || (typeof said?.error === "object" && said.error !== null);
	const line = make("div", "line",
		make("span", direction === "sent" ? "sent" : failed ? "bad" : "", direction === "sent" ? "→ sent" : "← received"),
		make("strong", failed ? "bad" : "", said?.op ?? ""),
		clock(new Date()));
	const run = said?.run ?? said?.error?.run;
	if (typeof run === "string") line.append(runButton(run));
	line.append(make("span", "size", `${new TextEncoder().encode(text).length} B`));
	put(by("frames"), make("li", "", line, make("pre", "", pretty(text))));
};

const note = (text) => put(by("frames"), make("li", "", make("div", "line", make("em", "", text), clock(new Date()))));

// The connection

const chosen = () => sockets.find((each) => each.path === by("socket").value);

const ticket = async (path) => {
	const headers = { "Content-Type": "application/json", "X-API-Key": by("key").value };
	const answer = await fetch("/_kanvas/ticket", { method: "POST", headers, body: JSON.stringify({ path }) });
	const said = await answer.json();
	if (!answer.ok) throw new Error(said.error?.message ?? answer.statusText);
	return said.ticket;
};

const connect = async () => {
	if (socket?.readyState === WebSocket.OPEN) return socket;
	const { path, key } = chosen();
	const protocols = [by("protocol").value];
	if (key && by("key").value) protocols.push(`kanvas.ticket.${await ticket(path)}`);
	const url = new URL(path, location.href);
	url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
	const opened = new WebSocket(url, protocols);
	status("Connecting …");
	socket = opened;
	opened.addEventListener("message", ({ data }) => frame("received", data));
	opened.addEventListener("close", ({ code, reason }) => {
		if (socket !== opened) return;
		socket = subscribed = null;
		note(`closed with ${code}${reason ? `: ${reason}` : ""}`);
		status(`Closed (${code})`, "gone");
	});
	await new Promise((resolve, reject) => {
		opened.addEventListener("open", resolve);
		opened.addEventListener("close", () => reject(new Error("the connection was refused: the log of the app says why")));
	});
	status(`Connected to ${path}`, "live");
	return opened;
};

const disconnect = () => {
	const open = socket;
	socket = subscribed = null;
	open?.close();
	status("Not connected");
};

const say = async (message) => {
	wrong(null);
	try {
		const open = await connect();
		const text = JSON.stringify(message);
		frame("sent", text);
		open.send(text);
		return true;
	} catch (error) {
		wrong(error.message);
		return false;
	}
};

const input = () => {
	try {
		wrong(null);
		return JSON.parse(by("input").value);
	} catch (error) {
		wrong(`this is no JSON: ${error.message}`);
		return undefined;
	}
};

const envelope = () => by("protocol").value === "kanvas.v1";

by("ask").addEventListener("submit", (event) => {
	event.preventDefault();
	const value = input();
	if (value === undefined) return;
	say(envelope() ? { op: "run", id: `r${++count}`, input: value } : value);
});

by("subscribe").addEventListener("click", async () => {
	const value = input();
	if (value === undefined) return;
	const id = `s${++count}`;
	const said = await say(envelope() ? { op: "subscribe", id, input: value } : { subscribe: value });
	if (!said) return;
	subscribed = envelope() ? { op: "unsubscribe", id } : { unsubscribe: value };
	by("unsubscribe").disabled = false;
});

by("unsubscribe").addEventListener("click", () => {
	const message = subscribed;
	subscribed = null;
	by("unsubscribe").disabled = true;
	say(message);
});

by("disconnect").addEventListener("click", disconnect);
by("clear").addEventListener("click", () => by("frames").replaceChildren());
by("input").addEventListener("keydown", (event) => {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) by("ask").requestSubmit();
});

// The ledger

const runButton = (run) => {
	const button = make("button", "run", `run ${run.slice(-8)}`);
	button.type = "button";
	button.title = `Show the records of run ${run} alone`;
	button.addEventListener("click", () => only(run));
	return button;
};

const only = (run) => {
	onlyRun = run;
	by("all").hidden = run === null;
	for (const item of by("records").children) item.hidden = run !== null && item.dataset.run !== run;
};

const USUAL = new Set(["schema", "chain", "seq", "at", "kind", "prev", "hash", "run", "outcome"]);

const record = (said) => {
	const bad = said.outcome !== undefined && said.outcome !== "ok";
	const line = make("div", "line", make("span", "size", `#${said.seq}`), make("strong", "", said.kind));
	line.firstChild.className = "seq";
	if (said.phase) line.append(make("span", "", said.phase));
	if (said.outcome) line.append(make("span", bad ? "bad" : "", said.outcome));
	if (said.run) line.append(runButton(said.run));
	line.append(clock(new Date(said.at)));
	const rest = Object.entries(said).filter(([name, value]) => !USUAL.has(name) && String(value).length < 30);
	const more = make("details", "", make("summary", "", rest.slice(0, 3).map(([name, value]) => `${name} ${value}`).join(" · ") || "all fields"),
		make("pre", "", JSON.stringify(said, null, 2)));
	const item = make("li", "", line, more);
	item.dataset.run = said.run ?? "";
	item.hidden = onlyRun !== null && said.run !== onlyRun;
	put(by("records"), item);
};

by("all").addEventListener("click", () => only(null));
const records = new EventSource("/_kanvas/dev/records");
records.addEventListener("record", (event) => {
	const said = JSON.parse(event.data);
	record(said);
	if (said.kind === "Decision" || said.kind === "ServerStarted") waiting();
});
addEventListener("pagehide", () => records.close());

// What waits for a decision

const decide = async (hold, decision, reason) => {
	const body = JSON.stringify({ decision, digest: hold.digest, ...(reason ? { reason } : {}) });
	const headers = { "Content-Type": "application/json" };
	const answer = await fetch(`/_kanvas/dev/approvals/${hold.hold}`, { method: "POST", headers, body });
	if (!answer.ok) wrong((await answer.json()).error.message);
	await waiting();
};

const holdItem = (hold) => {
	const reason = make("input", "");
	reason.setAttribute("aria-label", "Reason");
	reason.placeholder = "Reason, if there is one";
	const choice = (word, label, className) => {
		const button = make("button", className, label);
		button.type = "button";
		button.addEventListener("click", () => decide(hold, word, reason.value));
		return button;
	};
	const line = make("div", "line", make("strong", "", `${hold.machine}: ${hold.step}`), make("span", "", hold.capability), runButton(hold.run));
	const buttons = make("div", "buttons", choice("approve", "Approve", "main"), choice("deny", "Deny", ""));
	return make("li", "hold", line, make("pre", "", pretty(typeof hold.arguments === "string" ? hold.arguments : JSON.stringify(hold.arguments))), make("form", "", reason, buttons));
};

const waiting = async () => {
	const answer = await fetch("/_kanvas/dev/approvals");
	if (!answer.ok) return;
	const { approvals } = await answer.json();
	by("holds").replaceChildren(...approvals.map(holdItem));
	by("holds-part").hidden = !approvals.length;
};

// The app

const fill = () => {
	const one = chosen();
	by("input").value = one ? JSON.stringify(one.sample, null, 2) : "";
	by("key-label").hidden = !one?.key;
};

const load = async () => {
	const answer = await fetch("/_kanvas/dev/machines");
	if (!answer.ok) return;
	const app = await answer.json();
	const before = by("socket").value;
	const sample = JSON.stringify(chosen()?.sample);
	sockets = app.sockets;
	document.title = `Playground: ${app.name}`;
	by("name").textContent = app.name;
	by("simulated").hidden = !app.simulated;
	by("pages").replaceChildren(...app.pages.map((path) => {
		const link = make("a", "", path);
		link.setAttribute("href", path);
		return link;
	}));
	by("socket").replaceChildren(...sockets.map(({ path, machine }) => {
		const option = make("option", "", `${machine} (${path})`);
		option.value = path;
		return option;
	}));
	if (sockets.some((each) => each.path === before)) by("socket").value = before;
	if (JSON.stringify(chosen()?.sample) !== sample) fill();
	for (const control of by("ask").elements) control.disabled = !sockets.length;
	if (!sockets.length) wrong("No machine of this program has a websocket surface.");
	status("Not connected");
};

by("socket").addEventListener("change", () => { disconnect(); fill(); });
by("protocol").addEventListener("change", disconnect);
document.addEventListener("kanvas-version", async () => {
	await load();
	note("a new version is served");
});
load();
