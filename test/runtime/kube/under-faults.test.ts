import { connect, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import { fixedToken } from "./server/scripted-server.ts";

// The client against an API that fails in every way it can, while something real is being done.

const ACCESS = { secrets: ["list", "watch", "create", "patch", "delete"] } as const;

function jobClient(cluster: EmbeddedCluster, port = cluster.port) {
  const client = createClient<typeof ACCESS>({
    config: {
      server: `https://127.0.0.1:${port}`,
      ca: cluster.ca,
      token: fixedToken(cluster.adminToken),
      namespace: "shop",
    },
    rules: resolveAccess(ACCESS, builtinCatalog),
    sleep: (_milliseconds, signal) =>
      new Promise((resolve, reject) => setImmediate(() => (signal?.aborted ? reject(signal.reason) : resolve()))),
  });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}

function secret(name: string) {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "shop" } };
}

test("every object is deleted, and no error reaches the job, despite throttling, disconnects and expired tokens [D1] [D6] [F4] [P6]", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(Array.from({ length: 300 }, (_, index) => secret(`s-${String(index).padStart(3, "0")}`)));
  for (const fault of [
    { effect: { kind: "throttle", retryAfterSeconds: 1 }, verb: "delete", times: 60, after: 5 },
    { effect: { kind: "reset" }, verb: "delete", times: 10, after: 40 },
    { effect: { kind: "status", code: 503, retryAfterSeconds: 1 }, verb: "delete", times: 10, after: 100 },
    { effect: { kind: "reset" }, verb: "list", times: 2, after: 2 },
    { effect: { kind: "compact" }, verb: "list", times: 1, after: 6 },
  ] as const) {
    cluster.faults.add(fault);
  }
  await using client = jobClient(cluster);
  const { kube, stats } = client;
  const results: string[] = [];
  await kube.forEach(kube.secrets.list({ limit: 20 }), async (one) => results.push(await kube.secrets.delete(one)));
  expect(results).toEqual(Array.from({ length: 300 }, () => "deleted"));
  expect(await kube.secrets.list().toArray()).toEqual([]);
  expect(stats.mutations).toEqual({ delete: { secrets: 300 } });
  expect(stats.retries).toBeGreaterThanOrEqual(82);
});

/** A proxy that breaks all connections on demand. */
async function startCutter(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
    }
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("apply" as const), name: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), name: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "cut" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "compact" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "wait" as const }) },
);

test("watch neither loses nor repeats a change despite disconnects and compaction [H10] [H12] [H13] [H21]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await using cluster = await startEmbeddedCluster();
      cluster.applyObjects([secret("first")]);
      await using cutter = await startCutter(cluster.port);
      await using writer = jobClient(cluster);
      await using watcher = jobClient(cluster, cutter.port);
      const known = new Map<string, { uid: string; version: string }>();
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of watcher.kube.secrets.watch({ signal: stop.signal })) {
          if (event.type === "SYNCED") continue;
          const { name, uid, resourceVersion } = event.object.metadata;
          const before = known.get(name);
          // Each event must be consistent with the earlier ones.
          if (event.type === "ADDED") expect(before).toBeUndefined();
          else expect(before?.uid).toBe(uid);
          if (event.type === "MODIFIED") expect(before?.version).not.toBe(resourceVersion);
          if (event.type === "DELETED") known.delete(name);
          else known.set(name, { uid, version: resourceVersion });
        }
      })();
      let count = 0;
      for (const one of steps) {
        count += 1;
        if (one.do === "apply") {
          const object = { metadata: { name: `s-${one.name}` }, data: { count: btoa(String(count)) } };
          await writer.kube.secrets.apply(object, { force: true });
        } else if (one.do === "delete") await writer.kube.secrets.delete(`s-${one.name}`).catch(() => {});
        else if (one.do === "cut") cutter.cut();
        else if (one.do === "compact") cluster.store.compact();
        else await new Promise((resolve) => setImmediate(resolve));
      }
      const there = await writer.kube.secrets.list().toArray();
      const expected = there
        .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
        .sort();
      await expect
        .poll(() => [...known].map(([name, { uid, version }]) => `${name} ${uid} ${version}`).sort())
        .toEqual(expected);
      stop.abort();
      await watching;
    }),
    { numRuns: 25 },
  );
});
