import type { ResponseContent } from "../requests/request.ts";

/** The connection that feeds the body. */
interface BodySource {
  pause(): void;
  resume(): void;
  /** Ends the exchange and closes its connection. */
  abort(reason: Error): void;
}

/** Default maximum of an answer that is read whole, in bytes: forty times the API server's limit for an object. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;

const END: IteratorReturnResult<void> = { done: true, value: undefined };

/** A bounded queue between a connection and its reader: a slow reader pauses the connection. */
export class ResponseBody implements ResponseContent {
  readonly #source: BodySource;
  readonly #explain: (cause: Error) => unknown;
  readonly #highWaterBytes: number;
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param explain creates the error for the reader; called where it is thrown, so that its stack shows the reader
   * @param highWaterBytes how much is buffered before the connection is paused
   * @param maxBytes maximum of an answer that is read whole
   */
  constructor(
    source: BodySource,
    explain: (cause: Error) => unknown,
    highWaterBytes: number,
    maxBytes: number = MAX_WHOLE_BYTES,
  ) {
    this.#source = source;
    this.#explain = explain;
    this.#highWaterBytes = highWaterBytes;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (!this.#paused && this.#queuedBytes > this.#highWaterBytes) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#signalReader();
  }

  end(): void {
    this.#ended = true;
    this.#signalReader();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#ended = true;
    this.#signalReader();
  }

  async text(maxBytes = this.#maxBytes): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw this.#explain(tooLarge(maxBytes));
    }
    const [only] = chunks;
    return (
      chunks.length === 1 && only !== undefined
        ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
        : Buffer.concat(chunks)
    ).toString("utf8");
  }

  async dump(): Promise<void> {
    this.#chunks = [];
    if (!this.#ended) this.#source.abort(new Error("the answer was not read"));
  }

  /** For one reader, which awaits each chunk before it requests the next. After a failure, every read throws a new error, whose stack shows its caller. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, void, undefined> {
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => this.#next(),
      return: async () => {
        if (!this.#ended) this.#source.abort(new Error("the reader stopped early"));
        this.#chunks = [];
        return END;
      },
    };
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    for (;;) {
      const value = this.#take();
      if (value !== undefined) return { done: false, value };
      if (this.#failure !== undefined) throw this.#explain(this.#failure);
      if (this.#ended) return END;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#queuedBytes -= chunk.byteLength;
    if (this.#paused && this.#queuedBytes <= this.#highWaterBytes / 2) {
      this.#paused = false;
      this.#source.resume();
    }
    return chunk;
  }

  #signalReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function tooLarge(maxBytes: number): Error {
  const bound = maxBytes < MIB ? `${maxBytes} bytes` : `${Math.round(maxBytes / MIB)} MiB`;
  const problem = `the answer is larger than ${bound}: raise maxBytes of readPath and proxy, or maxAnswerBytes of connect`;
  return Object.assign(new Error(problem), { code: "ANSWER_TOO_LARGE" });
}
