import { expect, test } from "vitest";
import { startScriptedServer } from "../server/scripted-server.ts";
import { runInSmallHeap } from "../server/small-heap.ts";

const ITEM_BYTES = 8_000;
const ITEMS = 12_000;
/** A quarter of the list's bytes: less than its text, and far less than its objects. */
const HEAP_MIB = 24;

function item(index: number): string {
  const name = `pod-${String(index).padStart(7, "0")}`;
  return JSON.stringify({ metadata: { name, namespace: "shop", annotations: { filler: "x".repeat(ITEM_BYTES) } } });
}

/** The child's own program: lists everything at once, as the server's cache gives it. */
const PROGRAM = `
  import { createConnection } from "./runtime/kube/connection.ts";
  import { listObjects } from "./runtime/kube/list/list-objects.ts";
  import { listRequest } from "./runtime/kube/requests/list.ts";
  const connection = createConnection({ server: "https://127.0.0.1:" + port, ca, namespace: "shop" });
  const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
  let count = 0;
  const pages = listObjects(connection.send, (token, signal) => listRequest(pods, { namespace: "shop" }, { resourceVersion: "0", signal }, token));
  for await (const batch of pages) count += batch.length;
  await connection.close();
  console.log(count);
`;

test("a list of a hundred megabytes in one answer needs no more than a small heap [F9]", async () => {
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
  const ended = await runInSmallHeap(server, PROGRAM, HEAP_MIB);
  expect(ended).toEqual({ code: 0, printed: String(ITEMS), complained: "" });
});
