import { createHash, randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { KubeRequest, KubeResponse } from "../requests/request.ts";

/** Interval of pings, in milliseconds. */
const PING_MS = 5_000;
/** How long the peer may be silent before it counts as dead, in milliseconds. */
const DEAD_MS = 60_000;
/** Timeout of a write, in milliseconds: the same as client-go's. */
const WRITE_MS = 60_000;

interface SocketTimes {
  readonly pingMs?: number;
  readonly deadMs?: number;
  readonly writeMs?: number;
}

/** Binary messages over a WebSocket connection. */
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
    // Errors surface when messages are read; without a listener they would end the process.
    socket.on("error", () => {});
  }

  /** True after a proper close by the peer; a connection that just ends may have lost data. */
  get wasClosed(): boolean {
    return this.#wasClosed;
  }

  /** True once nothing more can be sent. */
  get isOver(): boolean {
    return this.#socket.destroyed;
  }

  /** Why the connection was lost. */
  get loss(): Error | null {
    return this.#socket.errored;
  }

  /** Resolves when the connection can take more data (backpressure). */
  async send(message: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    if (this.#socket.write(encodeFrame(OPCODE.binary, message))) return;
    const lost = () => this.#lose("writes were not accepted", this.#writeMs);
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
   * The messages in order, until the peer closes.
   * @throws {RangeError} for a protocol violation, {Error} if the connection is lost
   */
  async *messages(): AsyncGenerator<Buffer, void, undefined> {
    const reader = new FrameReader();
    const parts: Buffer[] = [];
    const heartbeat = setInterval(() => this.#ping(), this.#pingMs).unref();
    const death = setTimeout(() => {
      // Unread data shows that the peer is alive: only our reader is slow.
      if (this.#socket.readableLength > 0) death.refresh();
      else this.#lose("the connection was silent", this.#deadMs);
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
          if (opcode === OPCODE.text) throw new RangeError("expected a binary message, got text");
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

/** https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Checks that an answer belongs to this handshake, as a client must.
 * https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 *
 * @returns the problem; undefined if there is none
 */
export function handshakeProblem(request: KubeRequest, { headers }: KubeResponse): string | undefined {
  const proof = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  if (headers["sec-websocket-accept"] !== proof)
    return "the answer is not from a WebSocket server, or is for another request";
  if (headers["sec-websocket-extensions"]) return "the server uses an extension that the client did not offer";
  const protocol = request.headers["sec-websocket-protocol"];
  return headers["sec-websocket-protocol"] === protocol ? undefined : `the server does not speak ${protocol}`;
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** False if more frames of the same message follow. */
  readonly isFinal: boolean;
}

/** Maximum size of a frame, in bytes. The API server's are a few kilobytes at most. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/** Encodes a client's frame: masked. */
function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const mask = randomBytes(4);
  const header = headerOf(opcode, payload.length);
  const frame = Buffer.allocUnsafe(header.length + 4 + payload.length);
  header.copy(frame);
  mask.copy(frame, header.length);
  const start = header.length + 4;
  for (let index = 0; index < payload.length; index += 1) {
    frame[start + index] = (payload[index] as number) ^ (mask[index & 3] as number);
  }
  return frame;
}

function headerOf(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, 0x80 | length]);
  if (length < 0x10000) return Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Decodes a server's frames from chunks that may end anywhere. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** @throws {RangeError} for a frame that a server must not send */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const size = this.#frameSize();
      if (size === undefined || this.#held.length < size.header + size.payload) return;
      const first = this.#held[0] as number;
      const payload = this.#held.subarray(size.header, size.header + size.payload);
      this.#held = this.#held.subarray(size.header + size.payload);
      yield { opcode: first & 0x0f, payload, isFinal: (first & 0x80) !== 0 };
    }
  }

  #frameSize(): { readonly header: number; readonly payload: number } | undefined {
    if (this.#held.length < 2) return undefined;
    const [first = 0, second = 0] = this.#held;
    if ((first & 0x70) !== 0) throw new RangeError("a frame uses an extension that was not negotiated");
    if ((second & 0x80) !== 0) throw new RangeError("the server sent a masked frame");
    const short = second & 0x7f;
    if (short < 126) return { header: 2, payload: short };
    const header = short === 126 ? 4 : 10;
    if (this.#held.length < header) return undefined;
    const payload = short === 126 ? this.#held.readUInt16BE(2) : Number(this.#held.readBigUInt64BE(2));
    if (payload > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${payload} bytes is too large`);
    return { header, payload };
  }
}
