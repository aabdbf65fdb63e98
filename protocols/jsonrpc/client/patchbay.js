// @ts-check
// Patchbay in a browser, or in Node from version 22: JSON-RPC 2.0 over a WebSocket that comes back by itself. Copy this one file and
// import it; it needs nothing else. docs/browser-client.md tells how to use it and what it promises.

/**
 * @typedef {object} Message What was published.
 * @property {string} id
 * @property {string} destination
 * @property {string | null} subtopic
 * @property {any} body
 * @property {Record<string, any>} headers
 * @property {number} timestamp In milliseconds since 1970.
 */

/**
 * @typedef {"connecting" | "open" | "lost" | "closed"} State "lost" is followed by "open" as soon as the server can be reached again.
 */

/**
 * @typedef {object} Options Times are in milliseconds.
 * @property {number} [timeout] How long a call may take, waiting for a connection included; 30 s.
 * @property {number} [keepAlive] How often the server is asked for a sign of life; 9 minutes, since API Gateway's WebSocket APIs close after 10 of silence.
 * @property {number} [lifetime] When to move to a new socket; 110 minutes, since those APIs close after 2 hours.
 * @property {number} [minDelay] The first pause before connecting again; 500. Each further one is twice as long, up to maxDelay, less up to a half at random.
 * @property {number} [maxDelay] 30 s.
 * @property {number} [window] How many messages a subscription remembers, so that none is given twice; 1000.
 * @property {string[]} [protocols] Sub-protocols to offer; none.
 * @property {Record<string, (params: any) => any>} [methods] What the server may call, by name.
 * @property {(state: State, reason?: string) => void} [onstate]
 */

/** What the server says is wrong with a request. */
export class RpcError extends Error {
  /** @param {{code: number, message: string, data?: any}} error */
  constructor(error) {
    super(error.message);
    this.name = "RpcError";
    this.code = error.code;
    this.data = error.data;
    /** Whether the same request may go well a moment later: internal, too much at once, not available, too slow, canceled. */
    this.transient = [-32603, -32029, -32053, -32054, -32800].includes(error.code);
  }
}

/** The connection is lost, or there was none in time. What was called may have run, or not. */
export class LostError extends Error {
  /** @param {string} message @param {number} [code] The WebSocket's close code. */
  constructor(message, code) {
    super(message);
    this.name = "LostError";
    this.code = code;
  }
}

const messageTooBig = 1009;

/** Opens a connection and keeps it. @param {string | URL} url @param {Options} [options] @returns {Client} */
export function connect(url, options) {
  return new Client(url, options);
}

export class Client {
  #url;
  #options;
  /** @type {Socket | undefined} What is used; during a move there is another that is being prepared. */
  #current;
  /** @type {Set<Subscription>} */
  #subscriptions = new Set();
  /** @type {Set<() => void>} Wakes whoever waits for a connection. */
  #waiting = new Set();
  #end = new AbortController();
  /** @type {State} */
  state = "connecting";

  /** @param {string | URL} url @param {Options} [options] */
  constructor(url, options = {}) {
    this.#url = url;
    this.#options = {
      timeout: 30e3, keepAlive: 9 * 60e3, lifetime: 110 * 60e3, minDelay: 500, maxDelay: 30e3, window: 1000,
      protocols: /** @type {string[]} */ ([]), methods: {}, onstate: () => {}, ...options,
    };
    this.#run();
  }

  /**
   * Calls a method once. A LostError leaves open whether it has run.
   * @param {string} method @param {any} [params] An array or an object. @param {{timeout?: number}} [options] @returns {Promise<any>}
   */
  async call(method, params, { timeout = this.#options.timeout } = {}) {
    const deadline = Date.now() + timeout;
    const socket = await this.#connected(deadline);
    return socket.call(method, params, deadline - Date.now());
  }

  /**
   * Publishes a message, and again under the same id where no answer came: the server makes one message of it.
   * @param {string} destination @param {any} body
   * @param {{subtopic?: string, headers?: Record<string, any>, ttl?: number, id?: string, timeout?: number}} [options] ttl in milliseconds.
   * @returns {Promise<{id: string}>}
   */
  async publish(destination, body, { timeout = this.#options.timeout, id = newID(), ...rest } = {}) {
    const deadline = Date.now() + timeout;
    for (let failures = 0; ; ) {
      const socket = await this.#connected(deadline);
      try {
        return await socket.call("patchbay.publish", { destination, body, id, ...rest }, Math.min(timeout / 3, deadline - Date.now()));
      } catch (error) {
        if (!(error instanceof LostError) || error.code === messageTooBig || Date.now() >= deadline) throw error;
        await pause(Math.min(this.#delay(failures++), deadline - Date.now()), this.#end.signal);
      }
    }
  }

  /**
   * Subscribes, and again with each new connection, behind the last message that came. Resolves when the server has agreed.
   * @param {string} destination @param {(message: Message) => void} onmessage
   * @param {{subtopic?: string, selector?: string, after?: string, onend?: (error: Error) => void, timeout?: number}} [options]
   * after: a cursor of a subscription before; onend: the server has refused to go on after a reconnect.
   * @returns {Promise<Subscription>}
   */
  async subscribe(destination, onmessage, { timeout = this.#options.timeout, after, onend, ...rest } = {}) {
    const subscription = new Subscription(this, { destination, ...rest }, onmessage, onend, after, this.#options.window);
    this.#subscriptions.add(subscription);
    this.#begin(subscription);
    try {
      await within(timeout, subscription.agreed, () => new LostError(`no connection to subscribe to ${destination}`));
    } catch (error) {
      this.unsubscribe(subscription);
      throw error;
    }
    return subscription;
  }

  // #begin subscribes over the connection that there is; over those to come #prepare does.
  /** @param {Subscription} subscription */
  async #begin(subscription) {
    for (let socket = this.#current; socket && socket === this.#current && this.#subscriptions.has(subscription); ) {
      try {
        return await subscription.begin(socket);
      } catch {
        await pause(this.#options.minDelay, this.#end.signal);
      }
    }
  }

  /** Ends a subscription; nothing of it comes any more. @param {Subscription} subscription */
  unsubscribe(subscription) {
    this.#subscriptions.delete(subscription);
    subscription.end();
  }

  /** Closes for good. Whoever waits gets a LostError. */
  close() {
    this.#end.abort();
    this.#current?.close(1000, "");
    this.#current = undefined;
    this.#become("closed");
    for (const wake of this.#waiting) wake();
  }

  // #run is the client's life: it opens sockets one after the other, the next one before the last one has to end.
  async #run() {
    for (let failures = 0; !this.#end.signal.aborted; ) {
      const socket = new Socket(this.#url, this.#options);
      const begun = Date.now();
      socket.lost.then((error) => this.#lose(socket, error));
      if (await this.#prepare(socket)) {
        const old = this.#current;
        this.#current = socket;
        this.#become("open");
        for (const wake of this.#waiting) wake();
        for (const subscription of this.#subscriptions) this.#begin(subscription); // one that was made at this very moment
        old?.retire(this.#options.timeout);
        await Promise.race([socket.lost, pause(this.#options.lifetime * (0.9 + 0.1 * Math.random()), this.#end.signal)]);
        if (Date.now() - begun > this.#options.maxDelay) failures = 0;
        if (this.#current === socket) continue; // its time is over, and it serves until the next one does
      }
      await pause(this.#delay(failures++), this.#end.signal);
    }
  }

  // #delay is how long to wait after so many failures.
  /** @param {number} failures */
  #delay(failures) {
    return Math.min(this.#options.maxDelay, this.#options.minDelay * 2 ** failures) * (0.5 + 0.5 * Math.random());
  }

  // #prepare waits for the handshake and subscribes to all that is wanted, also to what is added meanwhile.
  /** @param {Socket} socket @returns {Promise<boolean>} */
  async #prepare(socket) {
    try {
      await within(this.#options.timeout, socket.opened, () => new LostError("no handshake in time"));
      for (const subscription of this.#subscriptions) {
        await subscription.begin(socket);
        if (subscription.ended) this.#subscriptions.delete(subscription);
      }
      if (this.#end.signal.aborted) throw new LostError("closed");
      return true;
    } catch {
      socket.close(1000, "");
      return false;
    }
  }

  /** @param {Socket} socket @param {LostError} error */
  #lose(socket, error) {
    if (this.#current !== socket) return;
    this.#current = undefined;
    if (!this.#end.signal.aborted) this.#become("lost", error.message);
  }

  /** @param {State} state @param {string} [reason] */
  #become(state, reason) {
    if (state === this.state) return;
    this.state = state;
    this.#options.onstate(state, reason);
  }

  /** @param {number} deadline @returns {Promise<Socket>} */
  async #connected(deadline) {
    while (!this.#current) {
      if (this.#end.signal.aborted) throw new LostError("the client is closed");
      if (Date.now() >= deadline) throw new LostError("no connection in time");
      await new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve(undefined);
        };
        const timer = setTimeout(wake, deadline - Date.now());
        this.#waiting.add(wake);
      });
    }
    return this.#current;
  }
}

/** A subscription that outlives connections. */
export class Subscription {
  #client;
  #params;
  #onmessage;
  #onend;
  #window;
  /** @type {Set<string>} Ids of the last messages, oldest first. */
  #seen = new Set();
  /** @type {Map<Socket, string | undefined>} Its ids, where it has begun or is about to. */
  #on = new Map();
  ended = false;
  #agreed = false;
  /** The cursor of the last message, for a subscription to come. @type {string | undefined} */
  cursor;
  /** @type {Promise<void>} Settles with the server's first answer. */
  agreed;
  /** @type {() => void} */ #agree = () => {};
  /** @type {(error: Error) => void} */ #refuse = () => {};

  /**
   * @param {Client} client @param {object} params @param {(message: Message) => void} onmessage
   * @param {((error: Error) => void) | undefined} onend @param {string | undefined} after @param {number} window
   */
  constructor(client, params, onmessage, onend, after, window) {
    this.#client = client;
    this.#params = params;
    this.#onmessage = onmessage;
    this.#onend = onend;
    this.#window = window;
    this.cursor = after;
    this.agreed = new Promise((resolve, reject) => {
      this.#agree = resolve;
      this.#refuse = reject;
    });
    this.agreed.catch(() => {}); // whoever waits for it is told
  }

  /** Asks the server for it over a socket, once. Throws where there is hope of another time. @param {Socket} socket */
  async begin(socket) {
    if (this.ended || this.#on.has(socket)) return;
    this.#on.set(socket, undefined);
    socket.lost.then(() => this.#on.delete(socket));
    try {
      const result = await socket.subscribe({ ...this.#params, after: this.cursor }, this);
      this.#on.set(socket, result.subscription);
      this.cursor ??= result.subscription; // which says where it begins
      this.#agreed = true;
      this.#agree();
      if (this.ended) socket.unsubscribe(result.subscription);
    } catch (error) {
      this.#on.delete(socket);
      if (!(error instanceof RpcError) || (this.#agreed && error.transient)) throw error;
      this.ended = true;
      if (this.#agreed) this.#onend?.(error);
      else this.#refuse(error);
    }
  }

  /** Takes an event. @param {{message: Message, cursor: string}} event */
  take({ message, cursor }) {
    if (this.ended || this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    if (this.#seen.size > this.#window) this.#seen.delete(this.#seen.values().next().value ?? "");
    this.cursor = cursor;
    try {
      this.#onmessage(message);
    } catch (error) {
      console.error(error); // the application's own: the next message comes all the same
    }
  }

  unsubscribe() {
    this.#client.unsubscribe(this);
  }

  end() {
    this.ended = true;
    for (const [socket, id] of this.#on) if (id) socket.unsubscribe(id);
  }
}

/** One WebSocket: calls and answers, events, calls of the server. */
class Socket {
  #ws;
  #options;
  #lastID = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #calls = new Map();
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  /** @type {{subscription: string, message: Message, cursor: string}[]} Events that came before the answer to their subscribe. */
  #early = [];
  #beginning = 0; // subscribes without an answer
  #heard = 0; // frames
  /** @type {LostError | undefined} */ #gone;
  /** @type {() => void} */ #idle = () => {};
  /** @type {Promise<void>} */ opened;
  /** @type {Promise<LostError>} Settles when the socket has ended, by whomever. */ lost;
  /** @type {(error: LostError) => void} */ #lose = () => {};

  /** @param {string | URL} url @param {Required<Options>} options */
  constructor(url, options) {
    this.#options = options;
    this.#ws = new WebSocket(url, options.protocols);
    this.lost = new Promise((resolve) => (this.#lose = resolve));
    this.opened = new Promise((resolve, reject) => {
      this.#ws.addEventListener("open", () => resolve());
      this.lost.then(reject);
    });
    this.opened.catch(() => {});
    this.#ws.addEventListener("message", (event) => this.#receive(event.data));
    this.#ws.addEventListener("error", () => {}); // a close event follows and says more
    this.#ws.addEventListener("close", (event) => this.#lose(new LostError(`closed with ${event.code} ${event.reason}`, event.code)));
    const alive = setInterval(() => this.call("patchbay.connect", {}, options.timeout).catch(() => {}), options.keepAlive);
    this.lost.then((error) => {
      this.#gone = error;
      clearInterval(alive);
      for (const call of [...this.#calls.values()]) call.reject(error);
    });
  }

  /** @param {string} method @param {any} params @param {number} timeout @returns {Promise<any>} */
  async call(method, params, timeout) {
    if (this.#gone) throw this.#gone;
    const id = ++this.#lastID;
    const heard = this.#heard;
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#send({ jsonrpc: "2.0", id, method, params });
    try {
      return await within(timeout, answer, () => {
        if (heard === this.#heard) this.#die("the server is silent");
        return new LostError(`no answer to ${method} in time`);
      });
    } finally {
      this.#calls.delete(id);
      if (this.#calls.size === 0) this.#idle();
    }
  }

  /** @param {object} params @param {Subscription} subscription */
  async subscribe(params, subscription) {
    this.#beginning++;
    try {
      const result = await this.call("patchbay.subscribe", params, this.#options.timeout / 3);
      this.#subscriptions.set(result.subscription, subscription);
      for (const event of this.#early) if (event.subscription === result.subscription) subscription.take(event);
      return result;
    } finally {
      if (--this.#beginning === 0) this.#early = [];
    }
  }

  /** @param {string} id */
  unsubscribe(id) {
    this.#subscriptions.delete(id);
    this.call("patchbay.unsubscribe", { subscription: id }, this.#options.timeout).catch(() => {}); // it ends with the socket
  }

  /** Ends when what was called has been answered, or a timeout has passed. @param {number} timeout */
  async retire(timeout) {
    if (this.#calls.size > 0) await within(timeout, new Promise((resolve) => (this.#idle = () => resolve(undefined))), () => undefined).catch(() => {});
    this.close(1000, "");
  }

  /** @param {number} code @param {string} reason */
  close(code, reason) {
    this.#ws.close(code, reason);
    setTimeout(() => this.#lose(new LostError("closed", code)), 1000); // whether or not the server answers
  }

  // #die gives up a socket that may take minutes to learn that nobody is there.
  /** @param {string} reason */
  #die(reason) {
    this.#lose(new LostError(reason));
    this.#ws.close();
  }

  /** @param {object} frame */
  #send(frame) {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame)); // else it is lost, and so is every call
  }

  /** @param {any} data */
  #receive(data) {
    this.#heard++;
    /** @type {any} */
    let frames;
    try {
      frames = JSON.parse(data);
    } catch {
      return; // a message of another protocol, or of a gateway
    }
    for (const frame of Array.isArray(frames) ? frames : [frames]) {
      if (typeof frame?.method === "string") this.#serve(frame);
      else if (this.#calls.has(frame?.id)) this.#answered(frame);
      else if (frame?.requestId && this.#calls.size === 1) this.#failed(frame); // API Gateway does not say which
    }
  }

  /** @param {any} frame */
  #answered({ id, result, error }) {
    const call = this.#calls.get(id);
    if (error) call?.reject(new RpcError(error));
    else call?.resolve(result);
  }

  /** @param {{message: string}} frame What API Gateway says when the function has failed. */
  #failed({ message }) {
    for (const call of this.#calls.values()) call.reject(new LostError(message));
  }

  /** @param {any} frame An event, or a call of the server. */
  async #serve({ id, method, params }) {
    if (method === "patchbay.event") {
      const subscription = this.#subscriptions.get(params.subscription);
      if (subscription) subscription.take(params);
      else if (this.#beginning > 0 && this.#early.push(params) > this.#options.window) this.#die("too many events before the answers to subscribes");
      return;
    }
    const target = Object.hasOwn(this.#options.methods, method) ? this.#options.methods[method] : undefined;
    try {
      if (!target) throw new RpcError({ code: -32601, message: `The client has no method ${method}.` });
      const result = (await target(params)) ?? null;
      if (id !== undefined) this.#send({ jsonrpc: "2.0", id, result });
    } catch (error) {
      const { code = -32000, message } = error instanceof RpcError ? error : { message: "The client's method has failed." };
      if (!(error instanceof RpcError)) console.error(error);
      if (id !== undefined) this.#send({ jsonrpc: "2.0", id, error: { code, message } });
    }
  }
}

/**
 * Settles as a promise does, or with an error when that takes too long.
 * @template T @param {number} timeout @param {Promise<T>} promise @param {() => Error | undefined} error @returns {Promise<T>}
 */
async function within(timeout, promise, error) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(error()), timeout)));
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

// pause waits, and no longer when the signal comes, or the browser says that there is a network again.
/** @param {number} ms @param {AbortSignal} signal */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      globalThis.removeEventListener?.("online", done);
      resolve(undefined);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    globalThis.addEventListener?.("online", done);
  });
}

// newID returns an id that no other message has. crypto.randomUUID is not there on pages without TLS.
function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
