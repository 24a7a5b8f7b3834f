import { expect, test } from "vitest";
import { startScriptedServer } from "../server/scripted-server.ts";
import { runInSmallHeap } from "../server/small-heap.ts";

const ITEM_BYTES = 8_000;
const ITEMS = 25_000;
/** An eighth of the list's bytes: far less than its text, and than its objects. */
const HEAP_MIB = 24;

function item(index: number, bytes = ITEM_BYTES): string {
  const name = `pod-${String(index).padStart(7, "0")}`;
  return JSON.stringify({ metadata: { name, namespace: "shop", annotations: { filler: "x".repeat(bytes) } } });
}

/** The child's own program. With version 0 the list comes at once, as the server's cache gives it; otherwise in pages. */
const listing = (options: string) => `
  import { createConnection } from "./runtime/kube/pipeline/connection.ts";
  import { listObjects } from "./runtime/kube/list/list-objects.ts";
  import { listRequest } from "./runtime/kube/requests/reads.ts";
  const connection = createConnection({ server: "https://127.0.0.1:" + port, ca, namespace: "shop" });
  const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
  let count = 0;
  const pages = listObjects(connection.send, (token, signal) => listRequest(pods, { namespace: "shop" }, { ${options} signal }, token));
  for await (const batch of pages) count += batch.length;
  await connection.close();
  console.log(count);
`;

test("a list of two hundred megabytes in one answer fits into a small heap [F9]", async () => {
  await using server = await startScriptedServer();
  server.answer(async (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[');
    for (let index = 0; index < ITEMS; index += 1) {
      if (!response.write(index === 0 ? item(index) : `,${item(index)}`)) {
        await new Promise((resolve) => response.once("drain", resolve));
      }
    }
    response.end("]}");
  });
  const ended = await runInSmallHeap(server, listing('resourceVersion: "0",'), HEAP_MIB);
  expect(ended).toEqual({ code: 0, printed: String(ITEMS), complained: "" });
});

test("fifty thousand objects in pages fit into a small heap [F9]", async () => {
  const pages = 100;
  const pageSize = 500;
  await using server = await startScriptedServer();
  server.otherwise((response, { target }) => {
    const page = Number(new URL(target, "https://server").searchParams.get("continue") ?? 0);
    const metadata = { resourceVersion: "1", continue: page + 1 < pages ? String(page + 1) : "" };
    const items = Array.from({ length: pageSize }, (_, index) => item(page * pageSize + index, 1_000));
    const head = JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata, items: [] });
    response.writeHead(200, { "content-type": "application/json" }).end(`${head.slice(0, -2)}${items.join(",")}]}`);
  });
  const ended = await runInSmallHeap(server, listing(""), HEAP_MIB);
  expect(ended).toEqual({ code: 0, printed: String(pages * pageSize), complained: "" });
  expect(server.requests).toHaveLength(pages);
});
