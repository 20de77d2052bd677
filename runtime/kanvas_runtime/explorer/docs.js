// The reference of an app: what AsyncAPI says of its sockets, and OpenAPI of its endpoints.
import { consoleOf, sent } from "./console.js";
import { el, fields, resolved, sample, typeOf } from "./schema.js";

const AUTH = { none: "open to everybody", loopback: "this machine only", api_key: "API key", session: "session", oauth: "OAuth" };
const main = document.getElementById("main");
const contents = document.getElementById("contents");

async function read(name) {
	const path = `/${name}`;
	if (!main.dataset.contracts.split(" ").includes(name)) return null;
	try {
		const reply = await fetch(path, { headers: { Accept: "application/json" } });
		return reply.ok ? await reply.json() : null;
	} catch {
		return null;
	}
}

function json(value) {
	return el("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
}

function entry(id, kind, text) {
	return el("li", {}, el("a", { href: `#${id}` }, kind ? el("span", { class: "kind" }, kind) : "", el("span", { dir: "auto" }, text)));
}

function badges(ways, scopes) {
	const all = [...ways.map((way) => AUTH[way] ?? way), ...scopes.map((scope) => `scope ${scope}`)];
	return el("p", { class: "badges" }, ...all.map((text) => el("span", { class: "badge" }, text)));
}

function messages(name, channel, whole) {
	const spoken = new Set(sent(name, whole));
	const rows = Object.entries(channel.messages).map(([title, { $ref }]) => {
		const message = resolved({ $ref }, whole);
		const way = spoken.has(title) ? "you send" : "app sends";
		const open = message.payload.$ref ? resolved(message.payload, whole) : message.payload;
		return el("details", {}, el("summary", {}, el("span", { class: "kind" }, way), el("code", {}, title), el("span", { class: "soft" }, message.summary)), json(open));
	});
	return el("div", { class: "messages" }, ...rows);
}

function listed(rows, heads) {
	return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": heads[0] },
		el("table", {},
			el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
			el("tbody", {}, ...rows.map(([first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, el("code", {}, first)), ...rest.map((cell) => el("td", {}, cell)))))));
}

function socket(path, channels, whole, id) {
	const [, channel] = channels[0];
	const machine = channel["x-machine"];
	const title = channel.title.replace(/ \(.*\)$/, "");
	const schemas = whole.components.schemas;
	return el("article", { class: "card", id },
		el("header", {}, el("h2", { dir: "auto" }, title), el("p", {}, el("span", { class: "kind" }, "socket"), el("code", {}, path)),
			channel.description ? el("p", { class: "soft", dir: "auto" }, channel.description) : "", badges(channel["x-auth"], channel["x-scopes"])),
		el("div", { class: "sides" },
			el("section", {}, el("h3", {}, "Accepts"), fields(schemas[`${machine}.input`], whole, "Accepts")),
			el("section", {}, el("h3", {}, "Answers"), fields(schemas[`${machine}.output`], whole, "Answers"))),
		el("h3", {}, "Try it"), consoleOf(path, channels, whole),
		...channels.map(([name, each]) => el("details", { class: "part" },
			el("summary", {}, el("h3", {}, name.endsWith(".v1") ? "Messages of kanvas.v1" : "Messages of the plain protocol")), messages(name, each, whole))),
		el("details", { class: "part" }, el("summary", {}, el("h3", {}, "When it closes")),
			listed([...Object.entries(channel["x-close-codes"])], ["Code", "When"]),
			listed(channel["x-handshake"].map(({ status, code, when }) => [String(status), `${code}: ${when}`]), ["Refused with", "When"])));
}

function errors(whole) {
	const rows = Object.entries(whole["x-error-codes"]).map(([code, { status, meaning }]) => [code, String(status), meaning]);
	return el("article", { class: "card", id: "errors" }, el("header", {}, el("h2", {}, "Error codes"),
		el("p", { class: "soft" }, "The same on every surface; the number is the HTTP status.")), listed(rows, ["Code", "HTTP", "Meaning"]));
}

function endpoint(path, method, operation, whole, id) {
	const body = operation.requestBody && Object.values(resolved(operation.requestBody, whole).content ?? {})[0]?.schema;
	const parameters = (operation.parameters ?? []).map((each) => resolved(each, whole));
	const given = parameters.map((each) => [each.name, each.in, typeOf(each.schema ?? {}, whole), each.required ? "required" : ""]);
	const replies = Object.entries(operation.responses ?? {}).map(([status, each]) => {
		const found = resolved(each, whole);
		const schema = Object.values(found.content ?? {})[0]?.schema;
		const summary = el("summary", {}, el("code", {}, status), el("span", { class: "soft" }, found.description ?? ""));
		return el("details", {}, summary, schema ? (resolved(schema, whole).properties ? fields(schema, whole, status) : json(resolved(schema, whole))) : "");
	});
	const inPath = Object.fromEntries(parameters.filter((each) => each.in === "path").map((each) => [each.name, sample(each.schema ?? {}, whole)]));
	const called = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(inPath[name] ?? name));
	const flags = body ? ` -H 'Content-Type: application/json' -d '${JSON.stringify(sample(body, whole)).replace(/'/g, "'\\''")}'` : "";
	return el("article", { class: "card", id },
		el("header", {}, el("h2", { dir: "auto" }, operation.summary ?? path), el("p", {}, el("span", { class: "kind" }, method.toUpperCase()), el("code", {}, path)),
			operation.description ? el("p", { class: "soft", dir: "auto" }, operation.description) : ""),
		given.length ? listed(given, ["Parameter", "In", "Type", "Needed"]) : "",
		body ? el("section", {}, el("h3", {}, "Body"), fields(body, whole, "Body")) : "",
		el("section", {}, el("h3", {}, "Answers"), el("div", { class: "messages" }, ...replies)),
		el("section", {}, el("h3", {}, "Try it"), el("pre", { tabindex: "0" }, `curl -X ${method.toUpperCase()} '${location.origin}${called}'${flags}`)));
}

function show(async_, open) {
	const shown = [];
	const list = [];
	const sockets = new Map();
	for (const [name, channel] of Object.entries(async_?.channels ?? {})) {
		const known = sockets.get(channel.address) ?? [];
		sockets.set(channel.address, name.endsWith(".v1") ? [[name, channel], ...known] : [...known, [name, channel]]);
	}
	for (const [path, channels] of sockets) {
		const id = `socket-${shown.length + 1}`;
		shown.push(socket(path, channels, async_, id));
		list.push(entry(id, "socket", path));
	}
	for (const [path, methods] of Object.entries(open?.paths ?? {})) {
		for (const [method, operation] of Object.entries(methods)) {
			if (!["get", "post", "put", "patch", "delete"].includes(method)) continue;
			const id = `endpoint-${shown.length + 1}`;
			shown.push(endpoint(path, method, operation, open, id));
			list.push(entry(id, method.toUpperCase(), path));
		}
	}
	if (async_ && sockets.size) {
		shown.push(errors(async_));
		list.push(entry("errors", "", "Error codes"));
	}
	main.replaceChildren(...(shown.length ? shown : [el("p", { class: "empty" }, "This app has no sockets and no endpoints.")]));
	contents.replaceChildren(list.length ? el("ul", {}, ...list) : "");
}

const [async_, open] = await Promise.all([read("asyncapi.json"), read("openapi.json")]);
const info = async_?.info ?? open?.info;
if (info === undefined) {
	main.replaceChildren(el("p", { class: "empty" }, "The contracts of this app cannot be read. Was it built with them? Look at the app's log."));
} else {
	document.title = `${info.title}: reference`;
	document.getElementById("title").textContent = info.title;
	const links = [[async_, "AsyncAPI", "/asyncapi.json"], [open, "OpenAPI", "/openapi.json"]];
	document.getElementById("sources").append(...links.filter(([there]) => there).map(([, text, href]) => el("a", { href }, text)));
	show(async_, open);
}
