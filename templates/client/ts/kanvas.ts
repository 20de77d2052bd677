// The connection to one machine over `kanvas.v1`: runs and subscriptions that outlive a lost
// connection. It needs nothing but a WebSocket: that of a browser, or one that is handed in.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type ErrorCode =
	| "invalid_json" | "invalid_frame" | "invalid_input" | "unknown_field" | "too_large"
	| "rate_limited" | "budget_exceeded" | "unauthenticated" | "origin_refused" | "denied"
	| "guard_failed" | "approval_denied" | "approval_expired" | "not_found"
	| "method_not_allowed" | "unsupported_media" | "conflict" | "cancelled" | "step_failed"
	| "provider_error" | "timeout" | "overloaded" | "internal";

interface ErrorBody {
	code: ErrorCode;
	message: string;
	field?: string;
	step?: string;
	run?: string;
	retry_after?: number;
}

/** What the server answered instead of a result. Later servers may have codes beyond these. */
export class KanvasError extends Error {
	readonly code: ErrorCode;
	/** Where in the input: `address.zip`, `items[3].price`. */
	readonly field: string | undefined;
	readonly step: string | undefined;
	/** What the server's ledger and log call the run. */
	readonly run: string | undefined;
	/** Seconds. */
	readonly retryAfter: number | undefined;

	constructor(body: ErrorBody) {
		super(`${body.code}: ${body.message}`);
		this.name = "KanvasError";
		this.code = body.code;
		this.field = body.field;
		this.step = body.step;
		this.run = body.run;
		this.retryAfter = body.retry_after;
	}
}

/** The connection was lost after a run was sent: it may have been carried out, or not. */
export class ConnectionLost extends Error {
	constructor(readonly closeCode: number) {
		super(`the connection was lost (${closeCode}); a run with a key is sent again by itself`);
		this.name = "ConnectionLost";
	}
}

/** The client was closed. */
export class Closed extends Error {
	constructor() {
		super("the client is closed");
		this.name = "Closed";
	}
}

/** As much of a WebSocket as is needed here; browsers, Node 22 and the package `ws` have it. */
export interface SocketLike {
	onopen: ((event: never) => void) | null;
	onmessage: ((event: never) => void) | null;
	onclose: ((event: never) => void) | null;
	onerror: ((event: never) => void) | null;
	send(text: string): void;
	close(code?: number): void;
}
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

export type State = "idle" | "connecting" | "live" | "waiting" | "closed";

export interface Options {
	/** Where the app is: `https://app.example`. In a browser: where the page came from. */
	url?: string;
	/** For where there is no global WebSocket, as in Node 20. */
	WebSocket?: SocketConstructor;
	/** A key, with which a ticket is fetched for each connection. A browser with a session needs none. */
	apiKey?: string | (() => string | Promise<string>);
	/** Or a ticket that somebody else has fetched, for each connection a new one. */
	ticket?: () => string | Promise<string>;
	/** Milliseconds before the second try, and at most between two. */
	backoff?: { first?: number; most?: number };
	/** Milliseconds of silence after which the server is asked whether it is there. */
	heartbeat?: number;
	/** Milliseconds that a connection may take. */
	connectTimeout?: number;
	onState?: (state: State, why?: Error) => void;
}

/** A text of the output as far as it is written; `reset`: what there was of it is void. */
export type Part<Texts extends string> =
	| { step: string; field: Texts; text: string }
	| { step: string; field: Texts; reset: true };

/** The run waits for a person; its answer comes when that one has decided. */
export interface Held {
	run: string;
	capability: string;
	step: string;
}

export interface CallOptions<Output, Texts extends string> {
	/** Ends it: a run is cancelled, a subscription is over. */
	signal?: AbortSignal;
	onPartial?: (partial: Part<Texts>) => void;
	onHeld?: (held: Held) => void;
	/** Results that a run sends before its last one. */
	onPush?: (output: Output) => void;
}

export interface RunOptions<Output, Texts extends string> extends CallOptions<Output, Texts> {
	/** Carried out once, however often it is sent; after a lost connection it is sent again. */
	key?: string;
}

export interface SubscribeOptions<Output, Texts extends string> extends CallOptions<Output, Texts> {
	/** Begin after this push, which another client may have had. */
	after?: string;
	/** How many pushes wait for a reader; the oldest give way, and `gap` says so. */
	buffer?: number;
}

export interface Push<Output> {
	output: Output;
	/** Where to go on: see `after`. */
	cursor: string | undefined;
	/** Something before this one was left out. */
	gap: boolean;
}

interface Hello {
	machine: string;
	contract: string;
	limits: { [name: string]: number };
}

interface Frame {
	op: string;
	id?: string;
	run?: string;
	output?: unknown;
	cursor?: string;
	gap?: boolean;
	error?: ErrorBody;
}

/** Something that is open: a run until its answer, a subscription until its end. */
interface Call {
	frame(): { [name: string]: unknown };
	/** Whether it can be sent once more after a connection was lost. */
	again: boolean;
	sent: boolean;
	tries: number;
	options: CallOptions<never, string>;
	result(frame: Frame): void;
	push(frame: Frame): void;
	fail(error: Error): void;
	/** Forgets it. */
	release(): void;
}

const TRIES = 6;
const NOT_DONE = new Set<string>(["overloaded", "rate_limited"]);
const FATAL = new Set([401, 403, 404, 421]);
const RESTART = 1012;

export class Client<Input, Output, Texts extends string = never> {
	readonly #options: Options;
	readonly #base: URL;
	readonly #path: string;
	readonly #calls = new Map<string, Call>();
	#socket: SocketLike | undefined;
	#hello: Hello | undefined;
	#state: State = "idle";
	#attempt = 0;
	#last = 0;
	#heard = false;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#patience: ReturnType<typeof setTimeout> | undefined;
	#beat: ReturnType<typeof setInterval> | undefined;
	#tokens = 0;
	#filled = 0;
	#queue: Call[] = [];
	#paced: ReturnType<typeof setTimeout> | undefined;
	#renewal: { resolve: () => void; reject: (error: Error) => void } | undefined;

	constructor(path: string, options: Options) {
		const page = (globalThis as { location?: { origin: string } }).location?.origin;
		const url = options.url ?? page;
		if (url === undefined) throw new TypeError("say where the app is: url");
		this.#options = options;
		this.#base = new URL(url);
		this.#path = path;
	}

	get state(): State {
		return this.#state;
	}

	/** What the server said of itself; changes of `contract` are changes of the program. */
	get hello(): Readonly<Hello> | undefined {
		return this.#hello;
	}

	/** The answer to one input. Throws `KanvasError`, `ConnectionLost`, `Closed`, or the reason of `signal`. */
	run(input: Input, options: RunOptions<Output, Texts> = {}): Promise<Output> {
		return new Promise((resolve, reject) => {
			const id = this.#id();
			const key = options.key === undefined ? {} : { key: options.key };
			const call: Call = {
				frame: () => ({ op: "run", id, input, ...key }),
				again: options.key !== undefined,
				sent: false,
				tries: 0,
				options: options as unknown as CallOptions<never, string>,
				result: (frame) => {
					call.release();
					resolve(frame.output as Output);
				},
				push: (frame) => options.onPush?.(frame.output as Output),
				fail: (error) => {
					call.release();
					reject(error);
				},
				release: () => undefined,
			};
			this.#open(id, options.signal, call);
		});
	}

	/** Every result for an input, from now on or from `after`, until the loop is left. */
	subscribe(input: Input, options: SubscribeOptions<Output, Texts> = {}): Subscription<Output> {
		const id = this.#id();
		let cursor = options.after;
		const subscription = new Subscription<Output>(options.buffer ?? 1000, () => {
			if (this.#calls.has(id) && call.sent) this.#say({ op: "unsubscribe", id });
			call.release();
		});
		const call: Call = {
			frame: () => ({ op: "subscribe", id, input, ...(cursor === undefined ? {} : { after: cursor }) }),
			again: true,
			sent: false,
			tries: 0,
			options: options as unknown as CallOptions<never, string>,
			result: () => {
				call.release();
				subscription.end();
			},
			push: (frame) => {
				cursor = frame.cursor ?? cursor;
				const gap = frame.gap ?? false;
				subscription.put({ output: frame.output as Output, cursor: frame.cursor, gap });
			},
			fail: (error) => {
				call.release();
				subscription.end(error);
			},
			release: () => undefined,
		};
		this.#open(id, options.signal, call);
		return subscription;
	}

	/** Newer credentials for the open connection; the next one asks for them anyway. */
	async renew(): Promise<void> {
		const ticket = await this.#ticket();
		if (ticket === undefined || this.#hello === undefined) return;
		await new Promise<void>((resolve, reject) => {
			this.#renewal = { resolve, reject };
			this.#say({ op: "auth", ticket });
		});
	}

	/** Ends everything that is open. */
	close(): void {
		this.#become("closed");
		for (const call of this.#take()) call.fail(new Closed());
		this.#drop(1000);
	}

	#id(): string {
		return String(++this.#last);
	}

	#open(id: string, signal: AbortSignal | undefined, call: Call): void {
		const abort = () => {
			if (call.sent) this.#say({ op: call.frame()["op"] === "run" ? "cancel" : "unsubscribe", id });
			call.fail(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
		};
		call.release = () => {
			this.#calls.delete(id);
			signal?.removeEventListener("abort", abort);
		};
		if (signal?.aborted) return abort();
		if (this.#state === "closed") return call.fail(new Closed());
		signal?.addEventListener("abort", abort, { once: true });
		this.#calls.set(id, call);
		if (this.#hello !== undefined) this.#send(call);
		else this.#want();
	}

	// Connecting.

	#want(): void {
		if (this.#state === "idle") void this.#connect();
	}

	async #connect(): Promise<void> {
		this.#become("connecting");
		try {
			const ticket = await this.#ticket();
			if (this.#state === "connecting") this.#start(ticket);
		} catch (error) {
			if (this.#state === "connecting") this.#lost(0, error as Error);
		}
	}

	/** Undefined where none is needed. A refusal that will not change ends everything. */
	async #ticket(): Promise<string | undefined> {
		if (this.#options.ticket !== undefined) return this.#options.ticket();
		const { apiKey } = this.#options;
		if (apiKey === undefined) return undefined;
		const key = typeof apiKey === "string" ? apiKey : await apiKey();
		const answer = await this.#knock({ Authorization: `Bearer ${key}` });
		const body = (await answer.json()) as { ticket?: string; error?: ErrorBody };
		if (body.ticket !== undefined) return body.ticket;
		// A socket that is open to all has no tickets, and needs none.
		if (answer.status === 422) return undefined;
		const error = new KanvasError(body.error ?? { code: "internal", message: "no ticket" });
		if (FATAL.has(answer.status)) this.#refuse(error);
		throw error;
	}

	#knock(headers: { [name: string]: string }): Promise<Response> {
		const url = new URL("/_kanvas/ticket", this.#base);
		url.protocol = url.protocol.replace("ws", "http");
		return fetch(url, {
			method: "POST",
			headers: { "Content-Type": "application/json", ...headers },
			body: JSON.stringify({ path: this.#path }),
			signal: AbortSignal.timeout(this.#options.connectTimeout ?? 10_000),
		});
	}

	#start(ticket: string | undefined): void {
		const Socket =
			this.#options.WebSocket ??
			(globalThis as { WebSocket?: SocketConstructor }).WebSocket;
		if (Socket === undefined) {
			this.#refuse(new TypeError("there is no WebSocket here: hand one in, as WebSocket"));
			return;
		}
		const url = new URL(this.#path, this.#base);
		url.protocol = url.protocol.replace("http", "ws");
		const protocols = ["kanvas.v1", ...(ticket === undefined ? [] : [`kanvas.ticket.${ticket}`])];
		const socket = new Socket(url.href, protocols);
		this.#socket = socket;
		let opened = false;
		let over = false;
		const lost = (code: number) => {
			if (this.#socket !== socket || over) return;
			over = true;
			if (opened) this.#lost(code);
			else void this.#ask(code);
		};
		socket.onopen = () => {
			opened = true;
		};
		socket.onmessage = (event: { data: unknown }) => {
			if (this.#socket === socket) this.#receive(String(event.data));
		};
		socket.onclose = (event: { code: number }) => lost(event.code);
		// Not everywhere does a close follow when no connection came about.
		socket.onerror = () => opened || lost(1006);
		this.#patience = setTimeout(() => lost(1006), this.#options.connectTimeout ?? 10_000);
	}

	/** A browser cannot say why a socket was refused; a request for a ticket can. */
	async #ask(code: number): Promise<void> {
		const socket = this.#socket;
		try {
			const answer = await this.#knock({});
			if (this.#socket === socket && FATAL.has(answer.status) && this.#options.apiKey === undefined) {
				const body = (await answer.json()) as { error?: ErrorBody };
				if (body.error !== undefined && this.#options.ticket === undefined) {
					this.#refuse(new KanvasError(body.error));
					return;
				}
			}
		} catch {
			// Nobody is there: try again.
		}
		if (this.#socket === socket) this.#lost(code);
	}

	#refuse(error: Error): void {
		const calls = this.#take();
		this.#drop(1000);
		this.#become("idle", error);
		for (const call of calls) call.fail(error);
	}

	#lost(code: number, why?: Error): void {
		if (this.#state === "closed") return;
		this.#drop(RESTART);
		const reason = why ?? new ConnectionLost(code);
		for (const call of [...this.#calls.values()]) {
			if (call.sent && !call.again) call.fail(reason);
			else call.sent = false;
		}
		if (this.#calls.size === 0) {
			this.#become("idle", reason);
			return;
		}
		this.#become("waiting", reason);
		const { first = 500, most = 30_000 } = this.#options.backoff ?? {};
		const delay = Math.min(most, first * 2 ** this.#attempt++) * (0.5 + Math.random() / 2);
		this.#retry = setTimeout(() => void this.#connect(), delay);
	}

	#drop(code: number): void {
		const socket = this.#socket;
		this.#socket = undefined;
		this.#hello = undefined;
		this.#queue = [];
		clearTimeout(this.#retry);
		clearTimeout(this.#patience);
		clearTimeout(this.#paced);
		this.#paced = undefined;
		clearInterval(this.#beat);
		this.#renewal?.reject(new ConnectionLost(code));
		this.#renewal = undefined;
		try {
			socket?.close(code === 1000 ? code : undefined);
		} catch {
			// It was never open.
		}
	}

	#take(): Call[] {
		const calls = [...this.#calls.values()];
		this.#calls.clear();
		return calls;
	}

	#become(state: State, why?: Error): void {
		if (this.#state === state || this.#state === "closed") return;
		this.#state = state;
		this.#options.onState?.(state, why);
	}

	// Talking.

	#say(frame: { [name: string]: unknown }): void {
		if (this.#hello === undefined) return;
		try {
			this.#socket?.send(JSON.stringify(frame));
		} catch {
			// It is closing: what is open is sent again, or told so.
		}
	}

	/** At most as fast as the server takes it. */
	#send(call: Call): void {
		this.#queue.push(call);
		this.#flush();
	}

	#flush(): void {
		const rate = this.#hello?.limits["rate"] ?? 50;
		const now = Date.now();
		this.#tokens = Math.min(rate, this.#tokens + ((now - this.#filled) / 1000) * rate);
		this.#filled = now;
		while (this.#queue.length > 0 && this.#tokens >= 1) {
			const call = this.#queue.shift() as Call;
			if (![...this.#calls.values()].includes(call)) continue;
			this.#tokens -= 1;
			this.#hand(call);
		}
		if (this.#queue.length > 0 && this.#paced === undefined) {
			this.#paced = setTimeout(() => {
				this.#paced = undefined;
				this.#flush();
			}, 1000 / rate);
		}
	}

	#hand(call: Call): void {
		const text = JSON.stringify(call.frame());
		const most = this.#hello?.limits["max_message"] ?? Infinity;
		if (new TextEncoder().encode(text).length > most) {
			const message = `a message has at most ${most} bytes`;
			call.fail(new KanvasError({ code: "too_large", message }));
			return;
		}
		call.sent = true;
		try {
			this.#socket?.send(text);
		} catch {
			// It is closing: see `#lost`.
		}
	}

	#receive(text: string): void {
		this.#heard = true;
		let frame: Frame;
		try {
			frame = JSON.parse(text) as Frame;
		} catch {
			return;
		}
		const call = frame.id === undefined ? undefined : this.#calls.get(frame.id);
		switch (frame.op) {
			case "hello":
				this.#welcome(frame as unknown as Hello);
				break;
			case "result":
				call?.result(frame);
				break;
			case "push":
				if (call !== undefined) call.tries = 0;
				call?.push(frame);
				break;
			case "partial":
				call?.options.onPartial?.(frame as unknown as Part<string>);
				break;
			case "held":
				call?.options.onHeld?.(frame as unknown as Held);
				break;
			case "done":
				if (frame.id === undefined) this.#renewal?.resolve();
				else call?.result(frame);
				break;
			case "error":
				if (frame.error !== undefined) this.#failed(call, frame.error);
				break;
		}
	}

	#welcome(hello: Hello): void {
		clearTimeout(this.#patience);
		this.#hello = hello;
		this.#attempt = 0;
		this.#tokens = hello.limits["rate"] ?? 50;
		this.#filled = Date.now();
		this.#become("live");
		const silence = this.#options.heartbeat ?? (hello.limits["heartbeat"] ?? 20) * 1000;
		let asked = false;
		this.#beat = setInterval(() => {
			if (this.#heard) asked = false;
			else if (asked) this.#lost(1006);
			else if (this.#calls.size > 0) {
				asked = true;
				this.#say({ op: "ping" });
			}
			this.#heard = false;
		}, silence);
		for (const call of this.#calls.values()) this.#send(call);
	}

	#failed(call: Call | undefined, body: ErrorBody): void {
		const error = new KanvasError(body);
		if (call === undefined) {
			if (this.#renewal !== undefined && body.code === "unauthenticated") this.#renewal.reject(error);
			return;
		}
		// Nothing was done, so it can be asked again, in a while.
		if (NOT_DONE.has(body.code) && ++call.tries < TRIES) {
			call.sent = false;
			const wait = body.retry_after ?? 0.25 * 2 ** call.tries;
			setTimeout(() => {
				if (this.#hello !== undefined && !call.sent) this.#send(call);
			}, wait * 1000 * (1 + Math.random() / 4));
			return;
		}
		call.fail(error);
	}
}

/** Pushes in their order: `for await (const { output } of …)`. Leaving the loop unsubscribes. */
export class Subscription<Output> implements AsyncIterableIterator<Push<Output>> {
	readonly #most: number;
	readonly #leave: () => void;
	#waiting: Push<Output>[] = [];
	#readers: {
		resolve: (result: IteratorResult<Push<Output>, undefined>) => void;
		reject: (error: Error) => void;
	}[] = [];
	#ended = false;
	#error: Error | undefined;

	/** @internal */
	constructor(most: number, leave: () => void) {
		this.#most = most;
		this.#leave = leave;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<IteratorResult<Push<Output>, undefined>> {
		const push = this.#waiting.shift();
		if (push !== undefined) return Promise.resolve({ value: push, done: false });
		if (this.#error !== undefined) {
			const error = this.#error;
			this.#error = undefined;
			return Promise.reject(error);
		}
		if (this.#ended) return Promise.resolve({ value: undefined, done: true });
		return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
	}

	return(): Promise<IteratorResult<Push<Output>, undefined>> {
		if (!this.#ended) this.#leave();
		this.end();
		this.#waiting = [];
		return Promise.resolve({ value: undefined, done: true });
	}

	/** @internal */
	put(push: Push<Output>): void {
		const reader = this.#readers.shift();
		if (reader !== undefined) {
			reader.resolve({ value: push, done: false });
			return;
		}
		this.#waiting.push(push);
		if (this.#waiting.length > this.#most) {
			const lost = this.#waiting.shift();
			const next = this.#waiting[0];
			if (lost !== undefined && next !== undefined) next.gap = true;
		}
	}

	/** @internal */
	end(error?: Error): void {
		if (this.#ended) return;
		this.#ended = true;
		for (const [number, { resolve, reject }] of this.#readers.entries()) {
			if (error !== undefined && number === 0) reject(error);
			else resolve({ value: undefined, done: true });
		}
		if (this.#readers.length === 0) this.#error = error;
		this.#readers = [];
	}
}
