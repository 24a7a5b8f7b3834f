import { describe, expect, it, test } from "vitest";
import { connect } from "../../../runtime/kube/connect.ts";
import { jobClient, pod, podList } from "./server/job-client.ts";
import { type Answer, json, type ScriptedServer, startScriptedServer } from "./server/scripted-server.ts";

const ACCESS = {
  pods: ["get", "list", "watch", "delete", "deletecollection"],
  "pods/eviction": ["create"],
  "pods/log": ["get"],
  "/metrics": ["get"],
} as const;

/** A 429 that asks to wait in its Status, and perhaps in its header. */
function throttled(retryAfterSeconds: unknown, header?: string): Answer {
  return (response) => {
    response.statusCode = 429;
    if (header !== undefined) response.setHeader("retry-after", header);
    response.setHeader("content-type", "application/json");
    const details = { retryAfterSeconds, causes: { reason: "none" } };
    response.end(JSON.stringify({ kind: "Status", status: "Failure", code: 429, message: 5, details }));
  };
}

const TIMES: readonly unknown[] = [-5, 1e12, Number.MAX_VALUE, 0, 1e-9, "5", null, {}, [60]];

describe("a server that requests a wait", () => {
  it.each(TIMES)("of %j is retried a limited number of times, with bounded waits", async (asked) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(throttled(asked));
    const error = await client.kube.pods.get("web").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ApiError", code: 429, attempts: 11, causes: [] });
    const { retryAfterSeconds = 0, details } = error as { retryAfterSeconds?: number; details: typeof error };
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(details).not.toMatchObject({
      retryAfterSeconds: expect.toSatisfy((one: number) => !(one >= 0 && one <= 60)),
    });
    expect(client.waits).toHaveLength(10);
    for (const wait of client.waits) expect(wait).toSatisfy((one: number) => one >= 0 && one <= 66_000);
  });

  it.each([...TIMES, "header"])("of %j during a watch is retried with longer and longer waits", async (asked) => {
    await using server = await startScriptedServer();
    const waits: number[] = [];
    const end = new AbortController();
    const sleep = async (milliseconds: number, signal?: AbortSignal) => {
      waits.push(milliseconds);
      if (waits.length === 40) end.abort();
      signal?.throwIfAborted();
    };
    await using client = jobClient(server, ACCESS, { sleep });
    server.otherwise(asked === "header" ? throttled(undefined, "999999999999") : throttled(asked));
    for await (const _event of client.kube.pods.watch({ signal: end.signal }));
    for (const wait of waits) expect(wait).toSatisfy((one: number) => one >= 0 && one <= 66_000);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(1_000);
  });

  it.each(TIMES)("of %j for an eviction is waited for between a second and a minute", async (asked) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    const blocked: Answer = (response) => {
      response.statusCode = 429;
      const details = { retryAfterSeconds: asked, causes: [{ reason: "DisruptionBudget" }] };
      response.end(JSON.stringify({ kind: "Status", status: "Failure", code: 429, details }));
    };
    server.answer(blocked, blocked, blocked, json(201, { kind: "Status", status: "Success" }));
    expect(await client.kube.pods.evict("web")).toBe("evicted");
    expect(client.waits).toHaveLength(3);
    for (const wait of client.waits) expect(wait).toSatisfy((one: number) => one >= 1_000 && one <= 60_000);
  });

  it("does not cause a busy loop on a log that ends after each line", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    let line = 0;
    server.otherwise((response) => {
      line += 1;
      response.end(`2026-01-01T00:00:00.${String(line).padStart(9, "0")}Z ${line}\n`);
    });
    for await (const text of client.kube.pods.logs("web", { follow: true })) if (text === "12") break;
    expect(client.waits).toHaveLength(10);
    for (const wait of client.waits) expect(wait).toBe(1_000);
  });
});

type Pods = ReturnType<typeof jobClient<typeof ACCESS>>["kube"]["pods"];

const READERS: readonly (readonly [string, (pods: Pods) => Promise<unknown>])[] = [
  ["list", (pods) => pods.list().toArray()],
  ["listMetadata", (pods) => pods.listMetadata().toArray()],
  ["listTable", (pods) => pods.listTable().toArray()],
  ["deleteCollection", (pods) => pods.deleteCollection({ all: true })],
];

/** Answers the next requests with these pages, in turn; as tables if requested. */
function pages(server: ScriptedServer, ...lists: readonly object[]): void {
  let at = 0;
  server.otherwise((response, request, socket) => {
    const list = lists[at % lists.length] as { readonly items?: readonly object[] };
    if (!request.target.includes("limit=1&")) at += 1;
    const isTable = request.headers.accept?.includes("as=Table");
    const rows = list.items?.map?.((object) => ({ cells: [], object }));
    const table = { ...list, kind: "Table", columnDefinitions: [], rows, items: undefined };
    json(200, isTable && rows !== undefined ? table : list)(response, request, socket);
  });
}

describe.each(READERS)("%s", (_method, read) => {
  it("treats a repeated continue token as an invalid answer, immediately or later", async () => {
    for (const tokens of [
      ["a", "a"],
      ["a", "b", "a"],
    ]) {
      await using server = await startScriptedServer();
      await using client = jobClient(server, ACCESS);
      pages(server, ...tokens.map((token, at) => podList([`pod-${at}`], { continue: token })));
      const error = await read(client.kube.pods).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "TransportError", code: "BAD_ANSWER" });
      expect(String(error)).toContain("the same continue token twice");
      expect(server.requests.length).toBeLessThan(8);
    }
  });

  it("treats a continue token that is not text as an invalid answer", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    pages(server, podList(["a"], { continue: { toString: "b" } }));
    await expect(read(client.kube.pods)).rejects.toMatchObject({ code: "BAD_ANSWER" });
  });

  it.each([
    [{}],
    ["none"],
    [5],
    [[null]],
    [[1]],
    [["a"]],
    [[{}]],
    [[{ metadata: null }]],
    [[{ metadata: "a" }]],
    [[[]]],
  ])("treats the items %j as an invalid answer", async (items) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    pages(server, { ...podList([]), items });
    const error = await read(client.kube.pods).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "TransportError", code: "BAD_ANSWER" });
    expect(String(error)).toContain("cannot be read");
    expect(server.requests.length).toBeLessThan(60);
  });
});

test("a list without items is invalid, and one with null items is empty", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  pages(server, { kind: "PodList", apiVersion: "v1", metadata: {} });
  await expect(client.kube.pods.list().toArray()).rejects.toMatchObject({ code: "BAD_ANSWER" });
  pages(server, { kind: "PodList", apiVersion: "v1", metadata: {}, items: null });
  expect(await client.kube.pods.list().toArray()).toEqual([]);
});

test.each(["null", "[]", "5", '"text"', "true"])("a JSON answer that is not an object is invalid: %s", async (text) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.otherwise((response) => void response.setHeader("content-type", "application/json").end(text));
  await expect(client.kube.pods.get("web")).rejects.toMatchObject({ name: "TransportError", code: "BAD_ANSWER" });
});

/** Writes JSON with a string of this many bytes, as fast as it is read. */
function large(head: string, bytes: number, tail: string): Answer {
  const chunk = "x".repeat(1024 * 1024);
  return (response) => {
    response.setHeader("content-type", "application/json");
    response.write(head);
    let left = bytes;
    const more = (): void => {
      while (left > 0) {
        left -= chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end(tail);
    };
    more();
  };
}

describe("an answer that is read whole", () => {
  const TOO_LARGE = { name: "TransportError", code: "ANSWER_TOO_LARGE", attempts: 1 };

  it("is at most 64 MiB, is requested once, and the error says so", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(large('{"metadata":{"name":"', 70 * 1024 * 1024, '"}}'));
    const calls = [
      () => client.kube.pods.get("web"),
      () => client.kube.readPath("/metrics"),
      () => client.kube.versions(),
    ];
    for (const call of calls) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(TOO_LARGE);
      expect(String(error)).toContain("larger than 64 MiB");
    }
    expect(server.requests).toHaveLength(3);
  });

  it("can have a maximum from its reader", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(json(200, pod("web")));
    await expect(client.kube.readPath("/metrics", { maxBytes: 100 })).rejects.toMatchObject(TOO_LARGE);
    expect(await client.kube.readPath("/metrics", { maxBytes: 1_000 })).toContain("web");
    await using bounded = await connect(server.config(), { maxAnswerBytes: 100 });
    await expect(bounded.kube.pods.get("web")).rejects.toThrow("larger than 100 bytes");
    await using wide = await connect(server.config(), { maxAnswerBytes: 1_000 });
    expect(await wide.kube.pods.get("web")).toMatchObject({ metadata: { name: "web" } });
  });

  it("may be one object of a list, and is requested once", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(
      large(
        '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"',
        70 * 1024 * 1024,
        '"}}]}',
      ),
    );
    const error = await client.kube.pods
      .list()
      .toArray()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(TOO_LARGE);
    expect(String(error)).toContain("an object is larger than 64 MiB");
    expect(server.requests).toHaveLength(1);
  });

  it("is not a log or a watch, whose lines are at most 16 MiB", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(large("2026-01-01T00:00:00Z ", 20 * 1024 * 1024, ""));
    const read = async () => {
      for await (const _line of client.kube.pods.logs("web"));
    };
    await expect(read()).rejects.toThrow("a line is longer than 16777216 bytes");
    const metrics = async () => {
      for await (const _sample of client.kube.readMetrics("/metrics"));
    };
    await expect(metrics()).rejects.toMatchObject({ name: "TransportError", code: "BAD_ANSWER" });
  });
});
