import { expect, test } from "vitest";
import { jobClient, pod, podList } from "../server/job-client.ts";
import { json, startScriptedServer } from "../server/scripted-server.ts";

const COLUMNS = [
  { name: "Name", type: "string" },
  { name: "Restarts", type: "integer" },
];
const metadataOf = (name: string) => ({
  apiVersion: "meta.k8s.io/v1",
  kind: "PartialObjectMetadata",
  metadata: { name },
});
const table = (more: object) => ({ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {}, ...more });

test("listTable returns rows by column name; only the first page has the names [G2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(
    json(
      200,
      table({
        metadata: { continue: "next" },
        columnDefinitions: COLUMNS,
        rows: [{ cells: ["a", 1], object: metadataOf("a") }],
      }),
    ),
    json(200, table({ rows: [{ cells: ["b", null], object: metadataOf("b") }] })),
  );
  expect(await client.kube.pods.listTable({ labelSelector: "app=web" }).toArray()).toEqual([
    { cells: { Name: "a", Restarts: 1 }, object: metadataOf("a") },
    { cells: { Name: "b", Restarts: null }, object: metadataOf("b") },
  ]);
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=500",
    "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=500&continue=next",
  ]);
  expect(server.requests[0]?.headers.accept).toBe("application/json;as=Table;g=meta.k8s.io;v=v1,application/json");
});

test("listTable is empty if the table has no rows [G2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, table({ columnDefinitions: COLUMNS, rows: null })));
  expect(await client.kube.pods.listTable().toArray()).toEqual([]);
});

test("listTable returns only names if the server answers a list, because it does not support tables [G2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList(["a"])));
  expect(await client.kube.pods.listTable().toArray()).toMatchObject([
    { cells: { Name: "a" }, object: { metadata: { name: "a" } } },
  ]);
});

test("listTable refuses an answer that is neither table nor list [G2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, pod("a")));
  await expect(client.kube.pods.listTable().toArray()).rejects.toThrow(
    "list pods as a table: the API server answered Pod instead",
  );
});
