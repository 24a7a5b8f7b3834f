import { expect, test } from "vitest";
import { jobClient, pod, podList } from "../server/job-client.ts";
import { json, type ScriptedServer, startScriptedServer, status, text } from "../server/scripted-server.ts";

function queries(server: ScriptedServer): Record<string, string>[] {
  return server.requests.map(({ target }) =>
    Object.fromEntries(new URL(target, "https://localhost").searchParams.entries()),
  );
}

function names(objects: readonly { metadata: { name: string } }[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}

test("list requests a consistent list of 500 per page and follows every token, even after an empty page [F1] [F2] [F3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(
    json(200, podList(["a"], { continue: "t1" })),
    json(200, podList([], { continue: "t2" })),
    json(200, podList(["b"])),
  );
  const pods = await client.kube.pods
    .list({ labelSelector: "app in (x,y)", fieldSelector: "status.phase=Failed" })
    .toArray();
  expect(names(pods)).toEqual(["a", "b"]);
  const selection = { labelSelector: "app in (x,y)", fieldSelector: "status.phase=Failed", limit: "500" };
  expect(queries(server)).toEqual([selection, { ...selection, continue: "t1" }, { ...selection, continue: "t2" }]);
});

test("list follows fifteen pages, whatever remaining count the server reports [F12]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  for (let page = 1; page <= 15; page += 1) {
    const more = page < 15 ? { continue: `t${page}`, remainingItemCount: 1 } : {};
    server.answer(json(200, podList([`pod-${String(page).padStart(2, "0")}`], more)));
  }
  expect(await client.kube.pods.list().toArray()).toHaveLength(15);
});

test("list requests no limit from the server's cache [F1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"])));
  await client.kube.pods.list({ resourceVersion: "0" }).toArray();
  expect(queries(server)).toEqual([{ resourceVersion: "0" }]);
});

test("list fills in apiVersion and kind of its items [F10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"])));
  expect((await client.kube.pods.list().toArray())[0]).toMatchObject({ apiVersion: "v1", kind: "Pod" });
});

test("list is empty if items are null [F11]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, { kind: "PodList", apiVersion: "v1", metadata: {}, items: null }));
  expect(await client.kube.pods.list().toArray()).toEqual([]);
});

test("list requests the next page while the current one is still arriving [F8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const first = JSON.stringify(podList(["a", "b"], { continue: "t1" }));
  const cut = first.indexOf('"items"') + 10;
  server.answer(
    async (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(first.slice(0, cut));
      await server.arrived(2);
      response.end(first.slice(cut));
    },
    json(200, podList(["c"])),
  );
  expect(names(await client.kube.pods.list().toArray())).toEqual(["a", "b", "c"]);
});

test("list prefetches at most one page, and nothing after its reader stops [F8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  let page = 0;
  server.otherwise((response, request, socket) => {
    page += 1;
    json(200, podList([`pod-${String(page).padStart(2, "0")}`], { continue: `t${page}` }))(response, request, socket);
  });
  for await (const _pod of client.kube.pods.list()) {
    await server.arrived(2);
    break;
  }
  await client.kube.versions();
  expect(server.requests.filter(({ target }) => target.includes("pods"))).toHaveLength(2);
});

test("list continues with the server's newer token after its own has expired, and reports it [F4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(
    json(200, podList(["a"], { continue: "t1" })),
    json(410, { kind: "Status", status: "Failure", reason: "Expired", code: 410, metadata: { continue: "newer" } }),
    json(200, podList(["b"])),
  );
  expect(names(await client.kube.pods.list().toArray())).toEqual(["a", "b"]);
  expect(queries(server)[2]).toMatchObject({ continue: "newer" });
  expect(client.stats.warnings).toEqual([expect.stringContaining("its end is newer than its beginning")]);
});

test("list restarts without repeating an object if the server has no newer token [F4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(
    json(200, podList(["a", "b"], { continue: "t1" })),
    status(410, "Gone", "too old"),
    json(200, podList(["a", "a2", "b", "c"])),
  );
  expect(names(await client.kube.pods.list().toArray())).toEqual(["a", "b", "c"]);
  expect(client.stats.warnings).toEqual([expect.stringContaining("it started again")]);
});

test("list continues however often its token expires, as long as it makes progress [F4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const expired = (newer: string) =>
    json(410, { kind: "Status", status: "Failure", reason: "Expired", code: 410, metadata: { continue: newer } });
  const expected: string[] = [];
  for (let page = 1; page <= 12; page += 1) {
    expected.push(`pod-${String(page).padStart(2, "0")}`);
    server.answer(json(200, podList(expected.slice(-1), page < 12 ? { continue: `t${page}` } : {})));
    if (page < 12) server.answer(expired(`newer${page}`));
  }
  expect(names(await client.kube.pods.list().toArray())).toEqual(expected);
});

test("list gives up after repeated failures without progress [F4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"], { continue: "t" })));
  server.otherwise(
    json(410, { kind: "Status", status: "Failure", reason: "Expired", code: 410, metadata: { continue: "newer" } }),
  );
  await expect(client.kube.pods.list().toArray()).rejects.toMatchObject({ reason: "Expired" });
  expect(server.requests).toHaveLength(5);
});

test("list throws for an expired token if the server's order prevents a restart [F4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["b", "a"], { continue: "t1" })), status(410, "Expired", "too old"));
  await expect(client.kube.pods.list().toArray()).rejects.toMatchObject({ reason: "Expired" });
});

test("list throws a 410 on its first page [F5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(status(410, "Expired", "too old"));
  await expect(client.kube.pods.list().toArray()).rejects.toMatchObject({ code: 410 });
  expect(server.requests).toHaveLength(1);
});

test("list reads a page again without repeating an object after a lost answer [E5] [D1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const page = JSON.stringify(podList(["a", "b", "c"]));
  server.answer(
    (response, _request, socket) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": page.length });
      response.write(page.slice(0, page.indexOf('"c"')));
      setImmediate(() => socket.destroy());
    },
    json(200, podList(["a", "b", "c"])),
  );
  expect(names(await client.kube.pods.list().toArray())).toEqual(["a", "b", "c"]);
});

test.each(['{"kind":"PodList","items":[', '{"kind":"Pod"}', "", "<html>"])(
  "list throws a typed error if the server keeps answering %j [E5] [G4]",
  async (body) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["list"] });
    server.otherwise(text(200, body, { "content-type": "application/json" }));
    await expect(client.kube.pods.list().toArray()).rejects.toMatchObject({
      name: "TransportError",
      code: "BAD_ANSWER",
    });
  },
);

test("list sends new requests for each iteration", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"])), json(200, podList(["b"])));
  const list = client.kube.pods.list();
  expect([names(await list.toArray()), names(await list.toArray())]).toEqual([["a"], ["b"]]);
});

test("list stops with its signal's reason between pages [F8] [C6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"], { continue: "t1" })));
  const controller = new AbortController();
  const reason = new Error("enough");
  server.answer(() => controller.abort(reason));
  await expect(client.kube.pods.list({ signal: controller.signal }).toArray()).rejects.toBe(reason);
});

test("list keeps unknown fields of objects [I17]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const odd = pod("a", { spec: { unknown: null, nested: { __proto__x: 1 } } });
  server.answer(json(200, { kind: "PodList", apiVersion: "v1", metadata: {}, items: [odd] }));
  expect(await client.kube.pods.list().toArray()).toEqual([odd]);
});

test("a limit by share counts an object once, in however many lists", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(
    server,
    { pods: ["list", "delete"] },
    { limits: { delete: { max: 100, share: 0.3 } }, scope: { namespaces: ["shop", "other"] } },
  );
  const all = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const table = { kind: "Table", rows: [], columnDefinitions: [] };
  server.otherwise((response, request, socket) => {
    const answer = request.headers.accept?.startsWith("application/json;as=Table") ? table : podList(all);
    json(200, request.method === "GET" ? answer : {})(response, request, socket);
  });
  const { pods } = client.kube;
  await pods.list().toArray();
  await pods.list({ labelSelector: "app" }).toArray();
  await pods.listMetadata({ fieldSelector: "status.phase=Running" }).toArray();
  await pods.listTable({ labelSelector: "!old" }).toArray();
  const { inNamespace } = client.kube as unknown as { inNamespace(namespace: string): typeof client.kube };
  await inNamespace("other").pods.list().toArray();
  for (const name of ["a", "b", "c"]) await pods.delete(name);
  await expect(pods.delete("d")).rejects.toThrow("the share 0.3 of the 10 that the job listed");
});

test("a limit by a share of all counts all objects of the resource despite a selector", async () => {
  await using server = await startScriptedServer();
  const limits = { delete: { max: 100, share: 0.5, of: "all" } } as const;
  await using client = jobClient(server, { pods: ["list", "delete"] }, { limits });
  server.answer(json(200, podList(["a", "b", "c", "d"])), json(200, podList(["a", "b", "c"])));
  server.otherwise(json(200, {}));
  const deleteAll = async () => {
    for await (const one of client.kube.pods.list({ labelSelector: "old" })) await client.kube.pods.delete(one);
  };
  await expect(deleteAll()).rejects.toThrow("2 objects, the share 0.5 of the 4 that exist");
  expect(server.requests.slice(0, 2).map(({ target }) => target.includes("labelSelector"))).toEqual([false, true]);
});

test("a limit by share counts the list before it returns its objects", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(
    server,
    { pods: ["list", "delete"] },
    { limits: { delete: { max: 100, share: 0.5 } } },
  );
  server.answer(json(200, podList(["a", "b", "c", "d"])), json(200, podList(["a", "b", "c", "d"])));
  server.otherwise(json(200, {}));
  const deleteAll = async () => {
    for await (const one of client.kube.pods.list()) await client.kube.pods.delete(one);
  };
  await expect(deleteAll()).rejects.toMatchObject({ name: "LimitExceededError", max: 2 });
  expect(server.requests[0]?.headers.accept).toContain("PartialObjectMetadataList");
  expect(client.stats.mutations).toEqual({ delete: { pods: 2 } });
});
