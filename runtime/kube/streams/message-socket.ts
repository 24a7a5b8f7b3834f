import type { Duplex } from "node:stream";
import { encodeFrame, FrameReader, OPCODE } from "./frames.ts";

/** How often the other side is asked whether it still lives, in milliseconds. */
const PING_MS = 5_000;
/** After this long without a word from it, it does not, in milliseconds. */
const DEAD_MS = 60_000;
/** How long it may leave a message lying, in milliseconds: what client-go gives a write. */
const WRITE_MS = 60_000;

export interface SocketTimes {
  readonly pingMs?: number;
  readonly deadMs?: number;
  readonly writeMs?: number;
}

/** Binary messages over a connection that has changed to the WebSocket protocol. */
export class MessageSocket {
  readonly #socket: Duplex;
  readonly #pingMs: number;
  readonly #deadMs: number;
  readonly #writeMs: number;
  #wasClosed = false;

  constructor(socket: Duplex, { pingMs = PING_MS, deadMs = DEAD_MS, writeMs = WRITE_MS }: SocketTimes = {}) {
    this.#socket = socket;
    this.#pingMs = pingMs;
    this.#deadMs = deadMs;
    this.#writeMs = writeMs;
    // Its failure is met where messages are read; without a listener it would end the process.
    socket.on("error", () => {});
  }

  /** True once the other side has closed as the protocol asks; a connection that only ends may have lost what was still to come. */
  get wasClosed(): boolean {
    return this.#wasClosed;
  }

  /** True once nothing can be sent any more. */
  get isOver(): boolean {
    return this.#socket.destroyed;
  }

  /** What the connection was lost to. */
  get loss(): Error | null {
    return this.#socket.errored;
  }

  /** Resolves when the connection can take more: whoever waits for it holds no more than it must. */
  async send(message: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    if (this.#socket.write(encodeFrame(OPCODE.binary, message))) return;
    const lost = () => this.#lose("what was written was not taken", this.#writeMs);
    const timer = setTimeout(lost, this.#writeMs).unref();
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
  }

  /**
   * The messages in their order, until the other side closes.
   * @throws {RangeError} for what is not in the protocol, and {Error} where the connection is lost
   */
  async *messages(): AsyncGenerator<Buffer, void, undefined> {
    const reader = new FrameReader();
    const parts: Buffer[] = [];
    const heartbeat = setInterval(() => this.#ping(), this.#pingMs).unref();
    const death = setTimeout(() => {
      // What waits for its reader was heard: a slow reader makes no dead peer.
      if (this.#socket.readableLength > 0) death.refresh();
      else this.#lose("nothing was heard", this.#deadMs);
    }, this.#deadMs).unref();
    try {
      for await (const chunk of this.#socket) {
        death.refresh();
        for (const { opcode, payload, isFinal } of reader.push(chunk as Buffer)) {
          if (opcode === OPCODE.close) {
            this.#wasClosed = true;
            return;
          }
          if (opcode === OPCODE.ping) this.#socket.write(encodeFrame(OPCODE.pong, payload));
          if (opcode === OPCODE.text) throw new RangeError("a text message came where bytes are spoken");
          if (opcode !== OPCODE.binary && opcode !== OPCODE.continuation) continue;
          parts.push(payload);
          if (isFinal) yield Buffer.concat(parts.splice(0));
        }
      }
    } finally {
      clearInterval(heartbeat);
      clearTimeout(death);
      this.close();
    }
  }

  close(): void {
    if (this.#socket.destroyed) return;
    this.#socket.end(encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8])));
    this.#socket.destroy();
  }

  #ping(): void {
    this.#socket.write(encodeFrame(OPCODE.ping, Buffer.alloc(0)));
  }

  #lose(what: string, milliseconds: number): void {
    this.#socket.destroy(new Error(`${what} for ${milliseconds / 1_000} s`));
  }
}
