import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { CA } from "./server/certificates.ts";
import { podList } from "./server/job-client.ts";
import { json, reset, silence, startScriptedServer, status } from "./server/scripted-server.ts";
import { bookmark, open } from "./server/watch-answers.ts";

/** The child's own program: leaves lists, watches and calls behind in every way it can, closes the client, and ends by itself. */
const PROGRAM = `
  import { createClient } from "./runtime/kube/client.ts";
  const { port, ca } = JSON.parse(process.argv[1]);
  process.on("unhandledRejection", (error) => { console.log("unhandled", error); process.exitCode = 1; });
  const verbs = ["get", "list", "watch", "create"];
  const client = createClient({
    config: { server: "https://127.0.0.1:" + port, ca, namespace: "shop", token: { get: async () => "t" } },
    rules: [{ key: "pods", group: "", version: "v1", kind: "Pod", resource: "pods", namespaced: true, verbs }],
    sleep: async () => {},
  });
  const { pods } = client.kube;
  const ends = [];
  const note = (what) => (value) => ends.push(what + ":" + (value?.name ?? "fine"));
  for await (const _one of pods.list()) break;
  await pods.get("missing").catch(note("get"));
  await pods.create({ metadata: { name: "cut" } }).catch(note("create"));
  const abort = new AbortController();
  const silent = pods.get("silent", { signal: abort.signal }).catch(note("abort"));
  setImmediate(() => abort.abort(new DOMException("enough", "AbortError")));
  await silent;
  for await (const event of pods.watch()) if (event.type === "SYNCED") break;
  const reflection = await pods.reflect();
  await reflection.close();
  const left = pods.watch()[Symbol.asyncIterator]();
  await left.next();
  await client.close();
  console.log(ends.join(" "));
`;

test("a process exits once its client is closed, without unhandled errors, whatever was left open [O7] [C11] [C6]", async () => {
  await using server = await startScriptedServer();
  server.otherwise((response, request, socket) => {
    const { target, method } = request;
    const answer =
      method === "POST"
        ? reset
        : target.includes("watch=true")
          ? open(bookmark("1", true))
          : target.includes("/missing")
            ? status(404, "NotFound", "not found")
            : target.includes("/silent")
              ? silence
              : target.includes("continue=")
                ? status(500, "InternalError", "the page that was asked for ahead fails")
                : json(200, podList(["a", "b"], { continue: "next" }));
    answer(response, request, socket);
  });
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", PROGRAM, JSON.stringify({ port: server.port, ca: CA })],
    { cwd: new URL("../../..", import.meta.url), stdio: ["ignore", "pipe", "pipe"] },
  );
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      printed += part.toString();
    });
  }
  using _end = { [Symbol.dispose]: () => child.kill() };
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, printed: printed.trim() }).toEqual({
    code: 0,
    printed: "get:ApiError create:TransportError abort:AbortError",
  });
});
