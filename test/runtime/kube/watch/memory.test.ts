import { expect, test } from "vitest";
import { startScriptedServer } from "../server/scripted-server.ts";
import { runInSmallHeap } from "../server/small-heap.ts";
import { bookmark, event } from "../server/watch-answers.ts";

const OBJECT_BYTES = 8_000;
const OBJECTS = 12_000;
/** A quarter of what the objects take. */
const HEAP_MIB = 24;

const PROGRAM = `
  const { connect } = await import("./runtime/kube/connect.ts");
  await using client = await connect({ server: "https://127.0.0.1:" + port, ca, namespace: "shop" });
  let count = 0;
  for await (const event of client.kube.pods.watch()) {
    if (event.type === "SYNCED") break;
    count += 1;
  }
  console.log(count);
`;

test("a watch of a hundred megabytes of objects fits into a small heap", async () => {
  await using server = await startScriptedServer();
  server.answer(async (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    for (let index = 0; index < OBJECTS; index += 1) {
      const one = event("ADDED", `pod-${index}`, String(index + 1), { note: "x".repeat(OBJECT_BYTES) });
      if (!response.write(`${JSON.stringify(one)}\n`)) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.write(`${JSON.stringify(bookmark("100000", true))}\n`);
  });
  const ended = await runInSmallHeap(server, PROGRAM, HEAP_MIB);
  expect(ended).toEqual({ code: 0, printed: String(OBJECTS), complained: "" });
});
