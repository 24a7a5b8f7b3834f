import { randomBytes } from "node:crypto";

/** https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** False where more frames of the same message follow. */
  readonly isFinal: boolean;
}

/** The API server sends frames of at most a few kilobytes; a larger one than this, in bytes, is none of it. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/** Writes a frame as a client does: masked. */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
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

/** Reads a server's frames out of bytes that are cut anywhere. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** @throws {RangeError} for a frame that no server may send */
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
    if ((first & 0x70) !== 0) throw new RangeError("a frame uses an extension that was not agreed on");
    if ((second & 0x80) !== 0) throw new RangeError("a server's frame is masked");
    const short = second & 0x7f;
    if (short < 126) return { header: 2, payload: short };
    const header = short === 126 ? 4 : 10;
    if (this.#held.length < header) return undefined;
    const payload = short === 126 ? this.#held.readUInt16BE(2) : Number(this.#held.readBigUInt64BE(2));
    if (payload > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${payload} bytes is too large`);
    return { header, payload };
  }
}
