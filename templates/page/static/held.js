// Runs that wait for a person, by the ids of their messages. They are in nobody's way: the form can
// be sent again, the socket tells how they end, and what one that is gone would have told is asked
// for. Loaded where a run may have to wait.

import { byId } from "./draw.js";
import { complain, receivers, run, setRun, show } from "./page.js";

const held = new Map();
const { result, push, error } = receivers;
let timer = 0;

receivers.held = (message) => {
	if (message.id === run?.id) setRun(null);
	held.set(message.id, message.run);
	byId("held").hidden = false;
	document.querySelector("#tiles > .empty")?.remove();
	if (message.status) look();
};
receivers.result = (message) => ended(message.id, message.output) || result(message);
receivers.error = (message) => ended(message.id, message) || error(message);
receivers.push = (message) => (held.has(message.id) ? show(message.output) : push(message));

function ended(id, reply) {
	const known = held.delete(id);
	byId("held").hidden = held.size === 0;
	if (known && reply.error) complain(reply.error);
	else if (known) show(reply);
	return known;
}

async function look() {
	clearTimeout(timer);
	for (const [id, name] of held) {
		const response = await fetch(`/_kanvas/runs/${name}`).catch(() => null);
		if (response && response.status !== 202) ended(id, await response.json());
	}
	if (held.size) timer = setTimeout(look, 3000);
}

addEventListener("kanvas-closed", look);
