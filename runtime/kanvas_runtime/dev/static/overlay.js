// On every page while a program is written: reloads it with each version that is served, and
// shows what keeps the newest text of the program from being one.

const keep = document.documentElement.hasAttribute("data-keep");
const KEPT = "kanvas-dev-form";
let version = null;
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
	link.nonce = document.querySelector("script[src$='/overlay.js']").nonce;
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

// What somebody was typing is not lost by a reload.
const fields = () => [...document.querySelectorAll("input[name], textarea[name], select[name]")]
	.filter((field) => !["hidden", "password", "file"].includes(field.type));

const remember = () => {
	const values = fields().map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]);
	sessionStorage.setItem(KEPT, JSON.stringify([location.pathname, values]));
};

const restore = () => {
	const kept = sessionStorage.getItem(KEPT);
	sessionStorage.removeItem(KEPT);
	if (kept === null) return;
	const [path, values] = JSON.parse(kept);
	if (path !== location.pathname) return;
	for (const [name, value] of values) {
		const field = fields().find((each) => each.name === name);
		if (!field) continue;
		if (field.type === "checkbox") field.checked = value;
		else field.value = value;
	}
};

restore();
const source = new EventSource("/_kanvas/dev/news");
source.addEventListener("news", (event) => {
	const news = JSON.parse(event.data);
	const other = version !== null && version !== news.version;
	version = news.version;
	if (other && !keep) {
		remember();
		location.reload();
		return;
	}
	if (other) document.dispatchEvent(new CustomEvent("kanvas-version"));
	show(news.problems);
});
addEventListener("pagehide", () => source.close());
