import { expect, test } from "vitest";
import { jobClient, podList } from "../server/job-client.ts";
import { json, reset, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

function body(server: ScriptedServer, index = 0): unknown {
  return JSON.parse(server.requests[index]?.body ?? "");
}

test("deleteCollection refuses an empty selector before it sends anything [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] });
  for (const options of [{}, { labelSelector: "" }, { fieldSelector: " " }]) {
    await expect(client.kube.pods.deleteCollection(options)).rejects.toThrow("{ all: true }");
  }
  expect(server.requests).toHaveLength(0);
});

const DELETION = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
const OLD = { labelSelector: "app=old" };
const PAGE = "/api/v1/namespaces/shop/pods?labelSelector=app%3Dold&limit=500";

function targets(server: ScriptedServer): readonly string[] {
  return server.requests.map(({ target }) => target);
}

test("deleteCollection deletes one snapshot of the server page by page [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] });
  server.answer(
    json(200, podList(["a"], { resourceVersion: "90" })),
    json(200, podList(["a", "b"], { continue: "more" })),
    json(200, podList(["c"])),
  );
  expect(await client.kube.pods.deleteCollection(OLD)).toBe(3);
  expect(targets(server)).toEqual([
    "/api/v1/namespaces/shop/pods?labelSelector=app%3Dold&limit=1&dryRun=All",
    `${PAGE}&resourceVersion=90&resourceVersionMatch=Exact`,
    `${PAGE}&continue=more`,
  ]);
  expect(body(server)).toEqual({ ...DELETION, dryRun: ["All"] });
  expect(body(server, 1)).toEqual(DELETION);
  expect(server.requests[1]?.headers.accept).toContain("as=PartialObjectMetadataList");
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 3 } });
});

test.each([
  ["answers 504", status(504, "Timeout", "broken off")],
  ["answers 500", status(500, "InternalError", "broken off")],
  ["cuts the connection", reset],
])(
  "deleteCollection waits and retries if the server %s, and counts what is already deleted [I11]",
  async (_what, brokenOff) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["deletecollection"] });
    server.answer(
      json(200, podList(["a"], { resourceVersion: "90" })),
      brokenOff,
      json(200, podList(["a", "b", "c"])), // what the broken page was about, as its snapshot has it
      json(200, podList(["b"], { resourceVersion: "95" })),
      json(200, podList(["b", "d"])),
    );
    expect(await client.kube.pods.deleteCollection(OLD)).toBe(4);
    expect(targets(server).slice(2)).toEqual([
      `${PAGE}&resourceVersion=90&resourceVersionMatch=Exact&dryRun=All`,
      "/api/v1/namespaces/shop/pods?labelSelector=app%3Dold&limit=1&dryRun=All",
      `${PAGE}&resourceVersion=95&resourceVersionMatch=Exact`,
    ]);
    expect(client.waits).toEqual([expect.toSatisfy((wait: number) => wait >= 100 && wait <= 200)]);
    expect(client.stats.mutations).toEqual({ deletecollection: { pods: 4 } });
  },
);

test("deleteCollection gives up after longer and longer waits if the server keeps failing [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] });
  server.otherwise((response, request, socket) =>
    (request.target.includes("dryRun") ? json(200, podList(["a"])) : status(504, "Timeout", "broken off"))(
      response,
      request,
      socket,
    ),
  );
  await expect(client.kube.pods.deleteCollection(OLD)).rejects.toMatchObject({ code: 504 });
  expect(client.waits).toHaveLength(20);
  expect(client.waits.at(-1)).toBeGreaterThanOrEqual(5_000);
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 1 } });
});

test("deleteCollection ends with its signal's reason during a wait [I11]", async () => {
  await using server = await startScriptedServer();
  const abort = new AbortController();
  const reason = new Error("enough");
  const stopped = async (_milliseconds: number, signal?: AbortSignal) => {
    abort.abort(reason);
    signal?.throwIfAborted();
  };
  await using client = jobClient(server, { pods: ["deletecollection"] }, { sleep: stopped });
  server.answer(json(200, podList([])), status(504, "Timeout", "broken off"), json(200, podList(["a"])));
  await expect(client.kube.pods.deleteCollection({ ...OLD, signal: abort.signal })).rejects.toBe(reason);
  expect(server.requests).toHaveLength(3);
});

test("deleteCollection is refused before it deletes anything if it would exceed its limit", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] }, { limits: { deletecollection: 2 } });
  server.answer(json(200, podList(["a", "b"], { continue: "more" })), json(200, podList(["c"])));
  await expect(client.kube.pods.deleteCollection({ all: true })).rejects.toMatchObject({ name: "LimitExceededError" });
  expect(server.requests).toHaveLength(2);
  for (const { body: sent } of server.requests) expect(JSON.parse(sent)).toMatchObject({ dryRun: ["All"] });
});

test("deleteCollection counts an interrupted page against its limit, and no object twice [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection", "delete"] }, { limits: { delete: 3 } });
  server.answer(
    json(200, podList(["a", "b"])),
    status(504, "Timeout", "broken off"),
    json(200, podList(["b", "c"])), // a was deleted, and c created
    json(200, podList(["b", "c"])),
  );
  expect(await client.kube.pods.deleteCollection(OLD)).toBe(3);
  await expect(client.kube.pods.delete("d")).rejects.toMatchObject({ name: "LimitExceededError", max: 3 });
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 3 } });
});

test("deleteCollection stops after an interrupted page if new objects would exceed its limit [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] }, { limits: { delete: 2 } });
  server.answer(
    json(200, podList(["a", "b"])),
    status(504, "Timeout", "broken off"),
    json(200, podList(["c"])), // a and b are gone
  );
  await expect(client.kube.pods.deleteCollection(OLD)).rejects.toMatchObject({ name: "LimitExceededError", max: 2 });
  expect(server.requests).toHaveLength(3);
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 2 } });
});

test("deleteCollection counts nothing of a page that the server refused before the first object [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection", "delete"] }, { limits: { delete: 2 } });
  server.answer(
    json(200, podList(["a", "b"])),
    status(410, "Expired", "the snapshot is gone"),
    json(200, podList(["c"])),
    json(200, podList(["c"])),
    json(200, {}),
  );
  expect(await client.kube.pods.deleteCollection(OLD)).toBe(1);
  await client.kube.pods.delete("d");
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 1 }, delete: { pods: 1 } });
});

test("deleteCollection works without a snapshot if an admission webhook does not support dry run [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] });
  server.answer(status(400, "BadRequest", "admission webhook does not support dry run"), json(200, podList(["a"])));
  expect(await client.kube.pods.deleteCollection(OLD)).toBe(1);
  expect(targets(server)[1]).toBe(PAGE);
});

test.each([
  [{ limits: { delete: 5 } }, "a bad request"],
  [{}, "a bad request"],
])("deleteCollection counts nothing that the server refused with 400: %j [I11]", async (options, message) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] }, options);
  server.otherwise((response, request, socket) =>
    (request.target.includes("dryRun") ? json(200, podList(["a", "b"])) : status(400, "BadRequest", message))(
      response,
      request,
      socket,
    ),
  );
  await expect(client.kube.pods.deleteCollection(OLD)).rejects.toMatchObject({ code: 400 });
  expect(client.stats.mutations).toEqual({});
});

test("deleteCollection counts nothing if the server refuses its selector each time [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] });
  server.otherwise(status(400, "BadRequest", "unable to parse"));
  await expect(client.kube.pods.deleteCollection(OLD)).rejects.toMatchObject({ code: 400 });
  expect(client.stats.mutations).toEqual({});
});

test("deleteCollection counts a page if an admission webhook refused one of its objects [I11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["deletecollection"] }, { limits: { delete: 5 } });
  const denied = status(400, "BadRequest", 'admission webhook "keep.example.test" denied the request: b stays');
  server.otherwise((response, request, socket) =>
    (request.target.includes("dryRun") ? json(200, podList(["a", "b"])) : denied)(response, request, socket),
  );
  await expect(client.kube.pods.deleteCollection(OLD)).rejects.toMatchObject({ code: 400 });
  expect(client.stats.mutations).toEqual({ deletecollection: { pods: 2 } });
});
