import { duplexPair } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { ForwardedPort } from "../../../../runtime/kube/streams/forwarded-port.ts";
import { MessageSocket } from "../../../../runtime/kube/streams/web-socket.ts";
import { execPeer } from "../server/exec-server.ts";

const PONG = Buffer.from([0x8a, 0]);

// Time passes only when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** A connection whose other end lies in this process: what is written waits until that is read. */
function forward() {
  const [near, far] = duplexPair();
  const request: KubeRequest = { method: "GET", path: "/portforward", query: [], headers: {} };
  return { stream: new ForwardedPort(new MessageSocket(near), request, 8080, undefined), far };
}

const someTurns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

/** Lets seconds pass in which the other side does no more than what `act` does every five. */
async function pass(seconds: number, act: () => void): Promise<void> {
  for (let past = 0; past < seconds; past += 5) {
    act();
    await someTurns();
    await vi.advanceTimersByTimeAsync(5_000);
  }
  await someTurns();
}

const NOT_TAKEN = expect.objectContaining({
  name: "TransportError",
  code: "BROKEN",
  outcomeUnknown: true,
  message: expect.stringContaining("writes were not accepted for 60 s"),
});

test("portForward ends after a minute if its peer answers pings but never takes written data [M5]", async () => {
  const { stream, far } = forward();
  const failed = vi.fn();
  stream.on("error", failed).resume();
  stream.write(Buffer.alloc(1_000_000));
  await pass(55, () => far.write(PONG));
  expect(failed).not.toHaveBeenCalled();
  await pass(5, () => far.write(PONG));
  expect(failed).toHaveBeenCalledWith(NOT_TAKEN);
  expect(stream.destroyed).toBe(true);
});

test("portForward reports to its writer that nothing was taken, even without a reader [M5]", async () => {
  const { stream, far } = forward();
  const written = vi.fn();
  stream.on("error", () => {});
  stream.write(Buffer.alloc(1_000_000), written);
  // More than the stream holds for its reader, in one frame of 20,000 bytes each time.
  await pass(65, () => far.write(Buffer.concat([Buffer.from([0x82, 126, 0x4e, 0x20]), Buffer.alloc(20_000)])));
  expect(written).toHaveBeenCalledWith(NOT_TAKEN);
});

test("portForward continues if its slow peer takes something within each minute [M5]", async () => {
  const { stream, far } = forward();
  const failed = vi.fn();
  stream.on("error", failed).resume();
  const peer = execPeer(far);
  far.pause();
  stream.write(Buffer.alloc(1_000_000));
  await pass(600, () => {
    far.write(PONG);
    far.resume();
    setImmediate(() => far.pause());
  });
  expect(failed).not.toHaveBeenCalled();
  far.resume();
  await someTurns();
  stream.destroy();
  expect(peer.heard.length).toBeGreaterThan(30);
});
