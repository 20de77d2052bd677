// On every page while a program is written: reloads it with each version that is served, and
// shows what keeps the newest text of the program from being one.

const keep = document.documentElement.hasAttribute("data-keep");
const KEPT = "kanvas-dev-form";
const own = document.querySelector("script[src$='/overlay.js']");
let version = own.dataset.version; // that answered the page
let shown = null;

const make = (tag, className, text) => {
	const element = document.createElement(tag);
	element.className = className;
	element.textContent = text;
	return element;
};

const style = () => {
	if (document.querySelector("link[data-overlay]")) return;
	const link = document.createElement("link");
	link.rel = "stylesheet";
	// The page's own policy lets load what names its nonce.
	link.nonce = own.nonce;
	link.dataset.overlay = "";
	link.setAttribute("href", "/_kanvas/dev/static/overlay.css");
	document.head.append(link);
};

const show = (problems) => {
	shown?.remove();
	shown = null;
	if (problems === null) return;
	style();
	shown = make("dialog", "kanvas-problems", "");
	shown.setAttribute("aria-labelledby", "kanvas-problems-title");
	const title = make("h2", "", "The program is not served as it is written now");
	title.id = "kanvas-problems-title";
	const close = make("button", "", "Hide");
	close.type = "button";
	close.addEventListener("click", () => show(null));
	const head = make("header", "", "");
	head.append(title, close);
	const note = make("p", "", "This page shows the last version that was. Save a sound one, and it reloads.");
	const text = make("pre", "", problems);
	text.tabIndex = 0;
	shown.append(head, note, text);
	document.body.append(shown);
	shown.show();
};

// What somebody was typing is not lost by a reload, and typing goes on where it was. What is in a
// field as the page has it is not kept: the next version may have something else there.
const fields = () => [...document.querySelectorAll("input[name], textarea[name], select[name]")]
	.filter((field) => !["hidden", "password", "file"].includes(field.type));

const held = (field) => (field.type === "checkbox" ? "checked" : "value");

const chosen = (select) => (select.querySelector("option[selected]") ?? select.options[0])?.value;

const isTouched = (field) => {
	if (field.type === "checkbox") return field.checked !== field.defaultChecked;
	return field.value !== (field.localName === "select" ? chosen(field) : field.defaultValue);
};

// A page without fields stands in for one that cannot be served: what was typed waits for that.
const remember = () => {
	if (fields().length === 0) return;
	const { name, selectionStart, selectionEnd } = document.activeElement ?? {};
	sessionStorage.setItem(KEPT, JSON.stringify({
		path: location.pathname,
		values: fields().filter(isTouched).map((field) => [field.name, field[held(field)]]),
		caret: { name, selectionStart, selectionEnd },
	}));
};

const restore = () => {
	if (fields().length === 0) return;
	const kept = JSON.parse(sessionStorage.getItem(KEPT));
	sessionStorage.removeItem(KEPT);
	if (kept?.path !== location.pathname) return;
	const named = (name) => fields().find((field) => field.name === name);
	const { name, selectionStart, selectionEnd } = kept.caret;
	const last = document.activeElement === document.body ? named(name) : undefined;
	last?.focus();
	for (const [name, value] of kept.values) {
		const field = named(name);
		// Whoever was faster than this script has typed something newer.
		if (field && !isTouched(field)) field[held(field)] = value;
	}
	// Numbers and dates have no caret that a script can move.
	if (typeof selectionStart === "number" && typeof last?.selectionStart === "number") {
		last.setSelectionRange(selectionStart, selectionEnd);
	}
};

restore();
const source = new EventSource("/_kanvas/dev/news");
source.addEventListener("news", (event) => {
	const news = JSON.parse(event.data);
	const other = version !== news.version;
	version = news.version;
	if (other && !keep) {
		// Typing goes on until the next page comes.
		addEventListener("pagehide", remember);
		location.reload();
		return;
	}
	if (other) document.dispatchEvent(new CustomEvent("kanvas-version"));
	show(news.problems);
});
addEventListener("pagehide", () => source.close());
