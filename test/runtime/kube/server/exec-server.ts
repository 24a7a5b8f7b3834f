import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** A message from the client: its channel and what it carried. */
export interface Heard {
  readonly channel: number;
  readonly data: Buffer;
}

/** The server's side of an exec connection. */
export interface ExecPeer {
  /** Says something on a channel. */
  say(channel: number, data: string | Uint8Array): void;
  /** Writes a frame with any opcode. */
  frame(opcode: number, payload: Uint8Array): void;
  /** Closes as the protocol asks. */
  close(): void;
  /** Drops the connection. */
  drop(): void;
  readonly heard: readonly Heard[];
  /** Opcodes of control frames. */
  readonly controls: readonly number[];
  /** Called with each message. */
  onHeard(listener: (heard: Heard) => void): void;
}

/** Answers the handshake, and gives the peer. */
export function acceptExec(request: IncomingMessage, socket: Duplex, protocol: string | undefined): ExecPeer {
  // As the API server, which has no representation to offer for a connection.
  const isWelcome = (request.headers.accept ?? "*/*").includes("*/*");
  if (!isWelcome) socket.end("HTTP/1.1 406 Not Acceptable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const key = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  const agreed = protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (isWelcome)
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n${agreed}\r\n`,
    );
  return execPeer(socket);
}

/** The server's side of a connection that has changed its protocol. */
export function execPeer(socket: Duplex): ExecPeer {
  socket.on("error", () => {});
  const heard: Heard[] = [];
  const controls: number[] = [];
  let listener: (one: Heard) => void = () => {};
  let held: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    for (let frame = takeFrame(held); frame !== undefined; frame = takeFrame(held)) {
      held = frame.rest;
      if (frame.opcode !== 2) {
        controls.push(frame.opcode);
        continue;
      }
      const one = { channel: frame.payload[0] ?? -1, data: frame.payload.subarray(1) };
      heard.push(one);
      listener(one);
    }
  });
  const frame = (opcode: number, payload: Uint8Array) => {
    const length = payload.length;
    const header =
      length < 126
        ? Buffer.from([0x80 | opcode, length])
        : Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
    socket.write(Buffer.concat([header, payload]));
  };
  return {
    frame,
    say: (channel, data) => frame(2, Buffer.concat([Buffer.from([channel]), Buffer.from(data)])),
    close: () => {
      frame(8, Buffer.from([3, 232]));
      socket.end();
    },
    drop: () => void socket.destroy(),
    heard,
    controls,
    onHeard: (next) => {
      listener = next;
    },
  };
}

function takeFrame(bytes: Buffer): { opcode: number; payload: Buffer; rest: Buffer } | undefined {
  if (bytes.length < 6) return undefined;
  let length = (bytes[1] ?? 0) & 0x7f;
  let start = 2;
  if (length === 126) {
    length = bytes.readUInt16BE(2);
    start = 4;
  }
  if (bytes.length < start + 4 + length) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, start + 4 + length));
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, rest: bytes.subarray(start + 4 + length) };
}

/** As the kubelet writes it: a Status without a kind. */
export const SUCCESS = JSON.stringify({ metadata: {}, status: "Success" });

export function exited(code: number): string {
  return JSON.stringify({
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  });
}
