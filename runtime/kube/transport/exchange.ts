import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { KubeResponse } from "../request.ts";
import type { Lease } from "./pools.ts";
import { ResponseBody } from "./response-body.ts";

type Headers = KubeResponse["headers"];

/** The body of an answer that has none. */
const EMPTY: KubeResponse["body"] = {
  text: async () => "",
  dump: async () => {},
  async *[Symbol.asyncIterator]() {},
};

/** One request and its answer, as undici tells about it. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** True once bytes may have reached the server. */
  sent = false;
  readonly #signal: AbortSignal | undefined;
  readonly #explain: (cause: Error) => unknown;
  readonly #bufferBytes: number;
  #lease: Lease | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ResponseBody | undefined;
  #settle: { resolve: (response: KubeResponse) => void; reject: (error: unknown) => void } | undefined;

  /** @param bufferBytes of the answer that may wait for their reader */
  constructor(signal: AbortSignal | undefined, explain: (cause: Error) => unknown, bufferBytes: number) {
    this.#signal = signal;
    this.#explain = explain;
    this.#bufferBytes = bufferBytes;
  }

  run(lease: Lease, options: Dispatcher.DispatchOptions): Promise<KubeResponse> {
    return new Promise((resolve, reject) => {
      this.#lease = lease;
      this.#settle = { resolve, reject };
      this.#signal?.addEventListener("abort", this.#abort, { once: true });
      lease.dispatcher.dispatch(options, this);
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // An aborted request that waited for a connection must not be written any more.
    if (this.#signal?.aborted) controller.abort(new Error("aborted"));
    else this.sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#body = new ResponseBody(controller, this.#explain, this.#bufferBytes);
    this.#settle?.resolve({ status, headers, body: this.#body });
    this.#settle = undefined;
  }

  onRequestUpgrade(_controller: Dispatcher.DispatchController, status: number, headers: Headers, socket: Duplex): void {
    this.#finish();
    this.#settle?.resolve({ status, headers, body: EMPTY, socket });
    this.#settle = undefined;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
    this.#body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(error);
  }

  readonly #abort = (): void => {
    const reason = new Error("aborted");
    this.#controller?.abort(reason);
    this.#fail(reason);
  };

  #fail(error: Error): void {
    this.#finish();
    this.#settle?.reject(error);
    this.#settle = undefined;
    this.#body?.fail(error);
  }

  #finish(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#lease?.release();
    this.#lease = undefined;
  }
}
