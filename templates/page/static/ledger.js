// The ledger as it grows: rows come in front, each once. Who was cut off goes on behind the last
// one, after a while that grows; and nobody is asked while nobody looks.

const MOST = 500;
const SLOWEST = 5000;

const rows = document.querySelector("tbody");
const status = document.querySelector(".status");
const [state, head] = ["state", "head"].map((id) => document.getElementById(id));
const sound = state.textContent;
let { after, follows } = rows.dataset;
let source = null;
let timer = 0;
let tries = 0;

function follow() {
	clearTimeout(timer);
	if (source || document.hidden) return;
	source = new EventSource(`${follows}&after=${encodeURIComponent(after)}`);
	source.onopen = () => say("live", sound);
	source.onmessage = (event) => add(JSON.parse(event.data));
	source.addEventListener("other", () => location.reload());
	source.onerror = again;
}

function add(news) {
	tries = 0;
	after = news.after;
	for (const line of news.lines) rows.prepend(row(line));
	while (rows.rows.length > MOST) rows.lastElementChild.remove();
	head.firstChild.data = `${news.head.seq}, `;
	head.lastChild.textContent = `${news.head.hash.slice(0, 12)}…`;
	if (news.fault && sound === "Sound") location.reload();
}

function row(line) {
	const made = copy("row");
	const [number, time, what, fields, link, outcome] = ["td", "time", "span", "dl", "a", ".badge"].map((each) => made.querySelector(each));
	number.textContent = line.seq;
	time.textContent = line.clock;
	time.dateTime = time.title = line.at;
	what.textContent = line.what || line.kind;
	for (const [field, value] of Object.entries(line.fields)) {
		const pair = copy("pair");
		pair.firstChild.textContent = field;
		pair.lastChild.textContent = value;
		fields.append(pair);
	}
	if (line.run) link.pathname += encodeURIComponent(line.run);
	else link.remove();
	outcome.textContent = line.outcome;
	outcome.classList.toggle("on", line.outcome === "ok");
	outcome.hidden = !line.outcome;
	return made;
}

function copy(name) {
	return document.getElementById(name).content.firstElementChild.cloneNode(true);
}

async function again() {
	leave();
	say("reconnecting", "Reconnecting");
	tries += 1;
	const longest = Math.min(SLOWEST, 500 * 2 ** tries);
	await new Promise((done) => { timer = setTimeout(done, longest * (0.5 + Math.random() / 2)); });
	// Who has to sign in again is led there.
	const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
	if ([401, 403].includes(answer?.status)) location.reload();
	else follow();
}

function leave() {
	source?.close();
	source = null;
}

function say(how, text) {
	status.dataset.state = how === "live" && sound !== "Sound" ? "offline" : how;
	state.textContent = text;
}

document.addEventListener("visibilitychange", () => {
	if (document.hidden) {
		clearTimeout(timer);
		leave();
	} else {
		tries = 0;
		follow();
	}
});
addEventListener("pagehide", leave);
addEventListener("pageshow", follow);
follow();
