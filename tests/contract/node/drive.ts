// Does with the generated client what lines of JSON on standard input say, and answers each with
// one line: {"id", "value"} or {"id", "error"}.
import { createInterface } from "node:readline";

import * as kanvas from "./client/index.js";

interface Order {
	id: number;
	do: "open" | "run" | "abort" | "subscribe" | "next" | "leave" | "close" | "state" | "parts" | "held";
	name: string;
	machine?: string;
	input?: never;
	key?: string;
	options?: kanvas.Options & { ws?: boolean };
}

const clients = new Map<string, kanvas.Client<never, unknown, string>>();
const pushes = new Map<string, kanvas.Subscription<unknown>>();
const aborts = new Map<string, AbortController>();
const parts: kanvas.Part<string>[] = [];
const held: kanvas.Held[] = [];

async function carryOut(order: Order): Promise<unknown> {
	const { name } = order;
	const client = clients.get(name) as kanvas.Client<never, unknown, string>;
	switch (order.do) {
		case "open": {
			const { ws, ...options } = order.options ?? {};
			if (ws) options.WebSocket = (await import("ws" as string)).WebSocket;
			const made = (kanvas as unknown as {
				[name: string]: new (options: kanvas.Options) => kanvas.Client<never, unknown, string>;
			})[order.machine ?? ""];
			if (made === undefined) throw new Error(`no class ${order.machine}`);
			clients.set(name, new made(options));
			return null;
		}
		case "run": {
			const abort = new AbortController();
			aborts.set(name, abort);
			return client.run(order.input as never, {
				...(order.key === undefined ? {} : { key: order.key }),
				signal: abort.signal,
				onPartial: (part) => parts.push(part),
				onHeld: (notice) => held.push(notice),
			});
		}
		case "abort":
			aborts.get(name)?.abort();
			return null;
		case "subscribe":
			pushes.set(name, client.subscribe(order.input as never));
			return null;
		case "next":
			return (await pushes.get(name)?.next())?.value ?? null;
		case "leave":
			await pushes.get(name)?.return();
			return null;
		case "close":
			client.close();
			return null;
		case "state":
			return client.state;
		case "parts":
			return parts;
		case "held":
			return held.map(({ run, capability, step }) => ({ run, capability, step }));
	}
}

function told(error: unknown): { [name: string]: unknown } {
	if (error instanceof kanvas.KanvasError) {
		return { type: error.name, code: error.code, field: error.field };
	}
	return { type: error instanceof Error ? error.name : "unknown", message: String(error) };
}

for await (const line of createInterface({ input: process.stdin })) {
	const order = JSON.parse(line) as Order;
	carryOut(order).then(
		(value) => console.log(JSON.stringify({ id: order.id, value })),
		(error) => console.log(JSON.stringify({ id: order.id, error: told(error) })),
	);
}
process.exit(0);
