// Schemas as people read them: what a value is, which rules it keeps to, and one that fits.

// A node with attributes, properties that begin with "on", and children: nodes, or texts.
export function el(name, attributes = {}, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
		else if (value === true) node.setAttribute(key, "");
		else if (value !== false && value !== undefined) node.setAttribute(key, value);
	}
	node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
	return node;
}

// The schema behind a `$ref` of the document.
export function resolved(schema, whole) {
	let found = schema;
	for (let steps = 0; found?.$ref !== undefined && steps < 32; steps++) {
		const path = found.$ref.replace(/^#\//, "").split("/");
		found = path.reduce((at, part) => at?.[part.replace(/~1/g, "/").replace(/~0/g, "~")], whole);
	}
	return found ?? {};
}

export function typeOf(schema, whole) {
	const found = resolved(schema, whole);
	if (found.const !== undefined) return JSON.stringify(found.const);
	if (found.anyOf) return [...new Set(found.anyOf.map((part) => typeOf(part, whole)))].join(" or ");
	if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
	if (found.type === "array") return `list of ${typeOf(found.items ?? {}, whole)}`;
	if (found.type === "object" && !found.properties) {
		return found.additionalProperties ? `map of ${typeOf(found.additionalProperties, whole)}` : "map";
	}
	const named = { string: found.format ?? "text", undefined: "any" };
	return named[found.type] ?? String(found.type);
}

const RULES = {
	minimum: "at least", maximum: "at most", minLength: "at least", maxLength: "at most",
	minItems: "at least", maxItems: "at most", pattern: "pattern", default: "default",
};
const UNITS = { minLength: "characters", maxLength: "characters", minItems: "items", maxItems: "items" };
const EVERY = 2 ** 53 - 1;

function rules(schema, whole) {
	const found = resolved(schema, whole);
	const parts = [found, ...(found.anyOf ?? [])];
	const said = [];
	for (const part of parts) {
		for (const [name, words] of Object.entries(RULES)) {
			const value = part[name];
			if (value === undefined || Math.abs(value) === EVERY) continue;
			said.push([words, name === "pattern" ? value : JSON.stringify(value), UNITS[name] ?? ""].join(" ").trim());
		}
	}
	return [...new Set(said)].join(", ");
}

// The fields of an object, those inside it below it.
export function fields(schema, whole, label) {
	const rows = [];
	const walk = (at, path, depth) => {
		const found = resolved(at, whole);
		for (const [name, inner] of Object.entries(found.properties ?? {})) {
			const here = `${path}${name}`;
			const needed = (found.required ?? []).includes(name);
			const about = resolved(inner, whole);
			rows.push(el("tr", {},
				el("th", { scope: "row" }, el("code", {}, here), needed ? "" : el("span", { class: "soft" }, " optional")),
				el("td", {}, typeOf(inner, whole)),
				el("td", {}, [about.title, about.description].filter(Boolean).join(": "),
					about.title || about.description ? el("br") : "", el("span", { class: "soft" }, rules(inner, whole)))));
			if (depth < 6) descend(inner, here, depth);
		}
	};
	const descend = (inner, here, depth) => {
		const about = resolved(inner, whole);
		for (const part of about.anyOf ?? [about]) {
			const open = resolved(part, whole);
			if (open.properties) walk(open, `${here}.`, depth + 1);
			else if (open.items) descend(open.items, `${here}[]`, depth + 1);
			else if (open.additionalProperties) descend(open.additionalProperties, `${here}{}`, depth + 1);
		}
	};
	walk(schema, "", 0);
	if (rows.length === 0) return el("p", { class: "soft" }, "Nothing: an empty object.");
	const head = el("tr", {}, ...["Field", "Type", "About"].map((text) => el("th", { scope: "col" }, text)));
	return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
		el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}

// A value that is likely to fit; what is optional is left out.
export function sample(schema, whole, depth = 0) {
	const found = resolved(schema, whole);
	if (found.const !== undefined) return found.const;
	if (found.default !== undefined) return found.default;
	if (found.enum) return found.enum[0];
	if (found.anyOf) return sample(found.anyOf[0], whole, depth);
	if (found.type === "object") {
		const needed = (found.required ?? []).filter(() => depth < 8);
		return Object.fromEntries(needed.map((name) => [name, sample(found.properties?.[name] ?? {}, whole, depth + 1)]));
	}
	if (found.type === "array") {
		return Array.from({ length: Math.min(found.minItems ?? 0, 3) }, () => sample(found.items ?? {}, whole, depth + 1));
	}
	if (found.type === "integer" || found.type === "number") {
		const least = found.minimum ?? -EVERY;
		return least > 1 ? least : Math.min(1, found.maximum ?? 1);
	}
	if (found.type === "boolean") return true;
	const formats = { date: "2026-01-31", "date-time": "2026-01-31T12:00:00Z", uri: "https://example.com", email: "a@example.com", uuid: "00000000-0000-4000-8000-000000000000" };
	return formats[found.format] ?? "text".padEnd(found.minLength ?? 0, "x").slice(0, found.maxLength ?? 9999);
}
