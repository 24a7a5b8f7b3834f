import { createHash } from "node:crypto";
import { type Duplex, duplexPair } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import type { KubeRequest, KubeResponse } from "../../../../runtime/kube/requests/request.ts";
import { handshakeHeaders } from "../../../../runtime/kube/requests/streams.ts";
import { runCommand } from "../../../../runtime/kube/streams/run-command.ts";
import { MessageSocket } from "../../../../runtime/kube/streams/web-socket.ts";
import { execPeer, SUCCESS } from "../server/exec-server.ts";

// Two ends of one connection in this process: what one writes waits until the other reads it, so that nothing depends on a kernel's buffers.

/** Parts of input that may be on their way: what streams of Node hold at most, on both ends. */
const HELD = 4;
const PONG = Buffer.from([0x8a, 0]);

afterEach(() => void vi.useRealTimers());

/** Time that passes only when a test says so. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
}

async function readAll(messages: MessageSocket): Promise<void> {
  for await (const _message of messages.messages()) {
    // None comes.
  }
}

/** A command whose connection has just been made. */
function run(socket: Duplex, stdin: AsyncIterable<Uint8Array>) {
  const headers = handshakeHeaders("v5.channel.k8s.io");
  const attributes = { verb: "create", group: "", version: "v1", resource: "pods", name: "web" } as const;
  const request: KubeRequest = { method: "GET", path: "/exec", query: [], headers, attributes };
  const proof = createHash("sha1")
    .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  const answered = { "sec-websocket-accept": proof, "sec-websocket-protocol": "v5.channel.k8s.io" };
  const response = { status: 101, headers: answered, socket } as unknown as KubeResponse;
  return runCommand(request, response, { stdin });
}

/** Parts of input without end, and how many of them were taken. */
function endless() {
  const taken = { parts: 0 };
  async function* parts() {
    for (;;) {
      taken.parts += 1;
      yield Buffer.alloc(32 * 1024);
    }
  }
  return { taken, parts: parts() };
}

const someTurns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

test("MessageSocket gives up a silent peer between 60 and 61 s [M5]", async () => {
  stopClock();
  const [near, far] = duplexPair();
  const ended = vi.fn();
  const reading = readAll(new MessageSocket(near)).catch(ended);
  await vi.advanceTimersByTimeAsync(3_000);
  far.write(PONG);
  await someTurns();
  await vi.advanceTimersByTimeAsync(59_900);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_100);
  await reading;
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ message: "the connection was silent for 60 s" }));
});

test("MessageSocket counts unread data from its peer as a sign of life [M5]", async () => {
  stopClock();
  const [near, far] = duplexPair();
  const messages = new MessageSocket(near).messages();
  const message = Buffer.from([0x82, 1, 7]);
  far.write(message);
  expect((await messages.next()).value).toEqual(Buffer.from([7]));
  far.write(message);
  await vi.advanceTimersByTimeAsync(600_000);
  expect((await messages.next()).value).toEqual(Buffer.from([7]));
  await messages.return();
});

test("exec ends after a minute if its peer answers pings but never takes the input [M5]", async () => {
  stopClock();
  const [near, far] = duplexPair();
  const { parts, taken } = endless();
  const ended = vi.fn();
  const running = run(near, parts).catch(ended);
  for (let seconds = 0; seconds < 55; seconds += 5) {
    far.write(PONG);
    await someTurns();
    await vi.advanceTimersByTimeAsync(5_000);
  }
  expect(ended).not.toHaveBeenCalled();
  far.write(PONG);
  await someTurns();
  await vi.advanceTimersByTimeAsync(5_000);
  await running;
  expect(ended).toHaveBeenCalledWith(
    expect.objectContaining({
      code: "BROKEN",
      outcomeUnknown: true,
      message: expect.stringContaining("writes were not accepted for 60 s"),
    }),
  );
  await someTurns();
  expect(taken.parts).toBeLessThanOrEqual(HELD);
});

test("exec takes its input only as fast as the command does [M5]", async () => {
  const [near, far] = duplexPair();
  const { parts, taken } = endless();
  const running = run(near, parts);
  await someTurns();
  expect(taken.parts).toBeLessThanOrEqual(HELD);
  const peer = execPeer(far);
  await new Promise<void>((resolve) => peer.onHeard(() => peer.heard.length === 50 && resolve()));
  far.pause();
  await someTurns();
  expect(taken.parts).toBeLessThanOrEqual(peer.heard.length + HELD);
  far.resume();
  peer.say(3, SUCCESS);
  peer.close();
  expect((await running).exitCode).toBe(0);
});
