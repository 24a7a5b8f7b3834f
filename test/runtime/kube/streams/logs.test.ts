import fc from "fast-check";
import { expect, test } from "vitest";
import { logRequest } from "../../../../runtime/kube/requests/reads.ts";
import { LogPosition } from "../../../../runtime/kube/streams/read-logs.ts";
import type { Sleep } from "../../../../runtime/kube/values/time.ts";
import { jobClient } from "../server/job-client.ts";
import { type Answer, type ScriptedServer, startScriptedServer, status, text } from "../server/scripted-server.ts";

const ACCESS = { "pods/log": ["get"] } as const;

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** A line with the timestamp of a second. */
function at(second: number, line: string, fraction = ""): string {
  return `2026-01-01T00:00:${String(second).padStart(2, "0")}${fraction}Z ${line}\n`;
}

function log(...lines: readonly string[]): Answer {
  return text(200, lines.join(""));
}

/** Writes lines and part of another, and cuts the connection. */
function cutLog(...lines: readonly string[]): Answer {
  return (response, _request, socket) => {
    response.writeHead(200);
    response.write(lines.join("").slice(0, -3), () => socket.destroy());
  };
}

function query(server: ScriptedServer, index: number): Record<string, string> {
  return Object.fromEntries(new URL(server.requests[index]?.target ?? "", "https://localhost").searchParams.entries());
}

test("logs returns a container's lines without timestamps, with CR, including an unfinished last line [L4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(log(at(1, "one"), at(2, "two\r"), at(3, ""), "no stamp\n", at(4, "last").trimEnd()));
  expect(await collect(client.kube.pods.logs("web"))).toEqual(["one", "two\r", "", "no stamp", "last"]);
});

test("logs sends its options, even zeros [L3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(log(), log());
  await collect(client.kube.pods.logs("web", { container: "c", previous: true, since: "90s", tail: 0, limitBytes: 0 }));
  await collect(client.kube.pods.logs("web", { sinceTime: "2026-01-01T00:00:00Z" }));
  expect(query(server, 0)).toEqual({
    container: "c",
    previous: "true",
    sinceSeconds: "90",
    tailLines: "0",
    limitBytes: "0",
    timestamps: "true",
  });
  expect(query(server, 1)).toEqual({ sinceTime: "2026-01-01T00:00:00Z", timestamps: "true" });
});

test("logs refuses since together with sinceTime before it sends anything [L3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const reading = collect(client.kube.pods.logs("web", { since: "1m", sinceTime: "2026-01-01T00:00:00Z" }));
  await expect(reading).rejects.toThrow("since or sinceTime");
  expect(server.requests).toHaveLength(0);
});

test("logs returns each line once if a followed log is cut off in the middle of a line [L5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    cutLog(at(1, "one"), at(2, "two", ".5"), at(2, "two", ".5"), at(3, "three")),
    log(at(2, "two", ".5"), at(2, "two", ".5"), at(2, "two", ".5"), at(3, "three"), at(4, "four")),
    log(at(4, "four")),
  );
  const lines = await collect(client.kube.pods.logs("web", { follow: true, tail: 4 }));
  expect(lines).toEqual(["one", "two", "two", "two", "three", "four"]);
  expect(query(server, 0)).toMatchObject({ follow: "true", tailLines: "4" });
  expect(query(server, 1)).toEqual({ follow: "true", sinceTime: "2026-01-01T00:00:02.5Z", timestamps: "true" });
});

test("logs ends if reopening returns nothing new, or the pod is gone [L5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(log(at(1, "one")), log(at(1, "one")));
  expect(await collect(client.kube.pods.logs("web", { follow: true }))).toEqual(["one"]);
  server.answer(log(at(1, "one")), status(404, "NotFound", "gone"));
  expect(await collect(client.kube.pods.logs("web", { follow: true }))).toEqual(["one"]);
});

test("logs continues with a container that has restarted by then, without repeating a line [L5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(log(at(1, "begin"), at(2, "end")), log(at(2, "begin", ".5"), at(3, "end")), log(at(3, "end")));
  expect(await collect(client.kube.pods.logs("web", { follow: true }))).toEqual(["begin", "end", "begin", "end"]);
  expect(query(server, 1)).toEqual({ follow: "true", sinceTime: "2026-01-01T00:00:02Z", timestamps: "true" });
});

test("logs ends when the container has ended and the next has not started [L5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(log(at(1, "begin"), at(2, "end")), log());
  expect(await collect(client.kube.pods.logs("web", { follow: true }))).toEqual(["begin", "end"]);
  server.answer(log(at(1, "begin")), status(400, "BadRequest", 'container "c" is waiting to start: CrashLoopBackOff'));
  expect(await collect(client.kube.pods.logs("web", { follow: true }))).toEqual(["begin"]);
});

test("logs reopens a followed log after a long silence [L5]", async () => {
  const { readLogs } = await import("../../../../runtime/kube/streams/read-logs.ts");
  const { createConnection } = await import("../../../../runtime/kube/pipeline/connection.ts");
  await using server = await startScriptedServer();
  const connection = createConnection(server.config());
  server.answer((response) => {
    response.writeHead(200);
    response.write(at(1, "one"));
  });
  server.answer(log(at(1, "one"), at(2, "two")), log(at(2, "two")));
  const lines = readLogs({
    send: connection.send,
    gvr: { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true },
    target: { name: "web", place: { namespace: "shop" }, preconditions: undefined },
    options: { follow: true },
    sleep: async () => {},
    signal: undefined,
    silenceMs: 1_000,
  });
  expect(await collect(lines)).toEqual(["one", "two"]);
  await connection.close();
});

test("logs ends with its signal's reason while it waits to resume [C6] [L5]", async () => {
  await using server = await startScriptedServer();
  const controller = new AbortController();
  const reason = new Error("enough");
  const sleep: Sleep = async (_milliseconds, signal) => {
    controller.abort(reason);
    signal?.throwIfAborted();
  };
  await using client = jobClient(server, ACCESS, { sleep });
  server.answer(cutLog(at(1, "one"), at(2, "two")));
  await expect(collect(client.kube.pods.logs("web", { follow: true, signal: controller.signal }))).rejects.toBe(reason);
  expect(server.requests).toHaveLength(1);
});

test("logs throws if a log that is not followed is cut off [L2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(cutLog(at(1, "one"), at(2, "two")));
  await expect(collect(client.kube.pods.logs("web"))).rejects.toMatchObject({ name: "TransportError" });
});

test("logs throws the server's message while a container is still waiting [L6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(status(400, "BadRequest", 'container "c" is waiting to start'));
  await expect(collect(client.kube.pods.logs("web", { follow: true }))).rejects.toMatchObject({
    name: "ApiError",
    message: 'get pods/log "web" in namespace "shop": 400 BadRequest: container "c" is waiting to start',
  });
});

test("logs requests an unlimited stream to follow, and otherwise an answer with timeouts [L1] [C7]", () => {
  const gvr = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
  const target = { name: "web", place: { namespace: "shop" }, preconditions: undefined };
  expect(logRequest(gvr, target, { follow: true })).toMatchObject({ stream: true });
  expect(logRequest(gvr, target, {})).not.toHaveProperty("stream");
  expect(logRequest(gvr, target, {})).toMatchObject({ chunked: true });
});

test("logs closes its connection when its reader stops [L1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const closed = new Promise<void>((resolve) => {
    server.answer((response, _request, socket) => {
      socket.on("close", () => resolve());
      response.writeHead(200);
      response.write(at(1, "one"));
    });
  });
  for await (const _line of client.kube.pods.logs("web", { follow: true })) break;
  await closed;
});

test("logs are streamed, never read as a whole [L7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const line = at(1, "x".repeat(1_000));
  let written = 0;
  server.answer(async (response) => {
    response.writeHead(200);
    for (; written < 60_000_000; written += line.length * 100) {
      if (response.destroyed) return;
      if (!response.write(line.repeat(100)))
        await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    }
    response.end();
  });
  for await (const _line of client.kube.pods.logs("web")) break;
  expect(written).toBeLessThan(60_000_000);
});

test("LogPosition returns each line once whatever part of the log is repeated [L5]", () => {
  const stamp = fc.integer({ min: 0, max: 5 }).map((value) => ["", ".1", ".12", ".123456789", ".2", ".9"][value] ?? "");
  fc.assert(
    fc.property(fc.array(fc.tuple(stamp, fc.constantFrom("a", "b"))), fc.nat(), fc.nat(), (pairs, cut, earlier) => {
      const key = ([fraction]: readonly [string, string]) => fraction.slice(1).padEnd(9, "0");
      const lines = [...pairs].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
      const written = lines.map(([fraction, line]) => at(0, line, fraction).trimEnd());
      const position = new LogPosition();
      const end = pairs.length === 0 ? 0 : cut % (pairs.length + 1);
      const given = written.slice(0, end).map((line) => position.take(line));
      position.restart();
      // The kubelet takes only whole seconds, so lines before the last one are repeated as well.
      const from = Math.max(
        0,
        written.findIndex((line) => line.startsWith(`${position.stamp ?? ""} `)),
      );
      given.push(...written.slice(earlier % (from + 1)).map((line) => position.take(line)));
      expect(given.filter((line) => line !== undefined)).toEqual(lines.map(([, line]) => line));
    }),
  );
});
