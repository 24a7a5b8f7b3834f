import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import type { KubeResponse } from "../requests/request.ts";
import { whenAborted } from "../values/time.ts";
import type { Lease } from "./pools.ts";
import { ResponseBody } from "./response-body.ts";

/** How much of an answer is buffered before the connection is paused, in bytes. */
const BUFFER_BYTES = 1024 * 1024;

const EMPTY: KubeResponse["body"] = {
  text: async () => "",
  dump: async () => {},
  async *[Symbol.asyncIterator]() {},
};

interface ExchangeOptions {
  readonly request: RequestOptions;
  /** The request asks for a protocol upgrade. */
  readonly isUpgrade: boolean;
  readonly body: string | undefined;
  /** For the first byte of the answer, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Between two parts of the answer, in milliseconds; 0 for none. */
  readonly bodyTimeoutMs: number;
  /** For an answer that is read whole. Default: 64 MiB. */
  readonly maxAnswerBytes: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Creates the error for the reader of the answer. */
  readonly explain: (cause: Error) => unknown;
}

/** One request and its answer, driven by the events of Node's HTTP client. */
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

  /** Sends the request and resolves with the answer once its headers have arrived. */
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
    // A request may close without an error or an answer, for example after an unrequested upgrade.
    request.once("close", () => this.#body === undefined && this.#fail(cutError()));
    request.once("response", (message) => this.#receive(message));
    // Without a listener, Node closes a connection on an unrequested upgrade.
    if (isUpgrade) request.once("upgrade", (message, socket, head) => this.#upgrade(message, socket, head));
    if (signal !== undefined) this.#forgetSignal = whenAborted(signal, () => this.#end(new Error("aborted")));
    // Node would encode the headers along with UTF-8 text, although their characters are already bytes: a write would impersonate another user than a read.
    if (body === undefined) request.end();
    else request.end(Buffer.from(body).toString("latin1"), "latin1");
  }

  #receive(message: IncomingMessage): void {
    const { bodyTimeoutMs, explain } = this.#options;
    this.#idle.start(bodyTimeoutMs, "BODY_TIMEOUT");
    const source = {
      pause: () => {
        // Our reader is slow, not the server.
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

  /** A server that answers early may never read the rest of the request, which would then hold the connection. */
  #endUnfinished(): void {
    const request = this.#request;
    const isUnfinished = () => request?.writableFinished === false;
    // The kernel may just have taken the rest.
    if (isUnfinished()) setImmediate(() => isUnfinished() && request?.destroy());
  }

  #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (head.length > 0) socket.unshift(head);
    this.#finish();
    this.#resolve({ status: message.statusCode ?? 0, headers: message.headers, body: EMPTY, socket });
  }

  /** Aborts the exchange. */
  #end(reason: Error): void {
    this.#fail(reason);
    this.#request?.destroy();
  }

  /** Only the first error counts; later ones are its consequences. */
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

/** Calls back once after a time without activity. */
class IdleTimeout {
  readonly #onTimeout: (code: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onTimeout called with the code given to `start` */
  constructor(onTimeout: (code: string) => void) {
    this.#onTimeout = onTimeout;
  }

  /** @param milliseconds 0 for no timeout */
  start(milliseconds: number, code: string): void {
    this.stop();
    // The connection keeps the process alive; the timer must not.
    if (milliseconds > 0) this.#timer = setTimeout(this.#onTimeout, milliseconds, code).unref();
  }

  refresh(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
