import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import type { KubeResponse } from "../requests/request.ts";
import { whenAborted } from "../values/time.ts";
import type { Lease } from "./pools.ts";
import { ResponseBody } from "./response-body.ts";

/** How much of an answer may wait for its consumer, in bytes; the connection is paused then. */
const BUFFER_BYTES = 1024 * 1024;

/** The body of an answer that has none. */
const EMPTY: KubeResponse["body"] = {
  text: async () => "",
  dump: async () => {},
  async *[Symbol.asyncIterator]() {},
};

/** What is sent, and how its answer is waited for. */
interface ExchangeOptions {
  readonly request: RequestOptions;
  /** Asks for another protocol. */
  readonly isUpgrade: boolean;
  readonly body: string | undefined;
  /** Until the first byte of the answer, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Between two parts of the answer, in milliseconds; 0 for as long as it takes. */
  readonly bodyTimeoutMs: number;
  /** Of an answer that is read whole. Default: 64 MiB. */
  readonly maxAnswerBytes: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Makes the error that the reader of the answer sees. */
  readonly explain: (cause: Error) => unknown;
}

/** One request and its answer, as Node's HTTP client tells about it. */
export class Exchange {
  /** True once bytes may have reached the server. */
  sent = false;
  readonly #options: ExchangeOptions;
  readonly #idle = new IdleTimeout((code) => this.#end(timeoutError(code)));
  #lease: Lease | undefined;
  #request: ClientRequest | undefined;
  #body: ResponseBody | undefined;
  #forgetSignal: (() => void) | undefined;
  #settle: { resolve: (response: KubeResponse) => void; reject: (error: unknown) => void } | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Sends the request, and gives its answer when the headers are there. */
  run(lease: Lease): Promise<KubeResponse> {
    return new Promise((resolve, reject) => {
      this.#lease = lease;
      this.#settle = { resolve, reject };
      try {
        this.#begin(lease);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  #begin(lease: Lease): void {
    const { request: options, isUpgrade, body, headersTimeoutMs, signal } = this.#options;
    const request = lease.request(options, () => {
      if (this.#lease === undefined) return;
      this.sent = true;
      this.#idle.start(headersTimeoutMs, "HEADERS_TIMEOUT");
    });
    this.#request = request;
    request.on("error", this.#fail);
    // It may end without an error and without an answer, as after a change of protocol that nobody asked for.
    request.once("close", () => this.#body === undefined && this.#fail(cutError()));
    request.once("response", (message) => this.#receive(message));
    // Without a listener Node ends a connection that changes its protocol unasked.
    if (isUpgrade) request.once("upgrade", (message, socket, head) => this.#upgrade(message, socket, head));
    if (signal !== undefined) this.#forgetSignal = whenAborted(signal, () => this.#end(new Error("aborted")));
    // Text that is given to Node as UTF-8 takes the headers with it, whose characters are bytes already: a write would then act as another user than a read.
    if (body === undefined) request.end();
    else request.end(Buffer.from(body).toString("latin1"), "latin1");
  }

  #receive(message: IncomingMessage): void {
    const { bodyTimeoutMs, explain } = this.#options;
    this.#idle.start(bodyTimeoutMs, "BODY_TIMEOUT");
    const source = {
      pause: () => {
        // The reader is slow, not the server.
        this.#idle.stop();
        message.pause();
      },
      resume: () => {
        if (this.#lease === undefined) return;
        this.#idle.start(bodyTimeoutMs, "BODY_TIMEOUT");
        message.resume();
      },
      abort: (reason: Error) => this.#end(reason),
    };
    const body = new ResponseBody(source, explain, BUFFER_BYTES, this.#options.maxAnswerBytes);
    this.#body = body;
    message.on("error", this.#fail);
    message.on("close", () => this.#fail(cutError()));
    message.on("end", () => {
      if (!message.complete) return;
      this.#finish();
      body.end();
      this.#endUnfinished();
    });
    this.#resolve({ status: message.statusCode ?? 0, headers: message.headers, body });
    message.on("data", (chunk: Buffer) => {
      this.#idle.refresh();
      body.push(chunk);
    });
  }

  /** A server that answers before it has read the request may never read the rest: what is still to be written then holds a connection for nothing. */
  #endUnfinished(): void {
    const request = this.#request;
    const isUnfinished = () => request?.writableFinished === false;
    // The kernel may have taken the last of it just now.
    if (isUnfinished()) setImmediate(() => isUnfinished() && request?.destroy());
  }

  #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (head.length > 0) socket.unshift(head);
    this.#finish();
    this.#resolve({ status: message.statusCode ?? 0, headers: message.headers, body: EMPTY, socket });
  }

  /** Ends the exchange from this side. */
  #end(reason: Error): void {
    this.#fail(reason);
    this.#request?.destroy();
  }

  /** Only the first one counts; what follows from it is known already. */
  readonly #fail = (error: Error): void => {
    if (this.#lease === undefined) return;
    this.#finish();
    this.#settle?.reject(error);
    this.#settle = undefined;
    this.#body?.fail(error);
  };

  #resolve(response: KubeResponse): void {
    this.#settle?.resolve(response);
    this.#settle = undefined;
  }

  #finish(): void {
    this.#idle.stop();
    this.#forgetSignal?.();
    this.#lease?.release();
    this.#lease = undefined;
  }
}

function timeoutError(code: string): Error {
  const what = code === "HEADERS_TIMEOUT" ? "it did not answer in time" : "its answer stopped";
  return Object.assign(new Error(what), { code });
}

function cutError(): Error {
  return Object.assign(new Error("the answer was cut"), { code: "ECONNRESET" });
}

/** Calls back once when nothing was heard for too long. */
class IdleTimeout {
  readonly #onTimeout: (code: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onTimeout told the code of what was waited for */
  constructor(onTimeout: (code: string) => void) {
    this.#onTimeout = onTimeout;
  }

  /** @param milliseconds 0 for as long as it takes */
  start(milliseconds: number, code: string): void {
    this.stop();
    // The connection keeps the process alive; what watches over it must not.
    if (milliseconds > 0) this.#timer = setTimeout(this.#onTimeout, milliseconds, code).unref();
  }

  /** Something came: begins again. */
  refresh(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
