import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import { acceptExec, SUCCESS } from "./server/exec-server.ts";
import { jobClient } from "./server/job-client.ts";
import { fixedToken, json, startScriptedServer, text } from "./server/scripted-server.ts";

// Every example of the client's documentation is run: on the embedded API, or, where a container is needed, on one that plays it.

const README = readFileSync(new URL("../../../runtime/README.md", import.meta.url), "utf8");
const EXAMPLES = [...README.slice(README.indexOf("## The client")).matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code ?? "",
);
const NEEDS_CONTAINER = /\.(?:logs|exec|evict|readMetrics|portForward)\(/;

const ALL = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;
const ACCESS = {
  pods: ALL,
  configmaps: ALL,
  deployments: ALL,
  replicasets: ALL,
  events: ALL,
  "deployments/scale": ALL,
  "deployments/status": ALL,
  "pods/log": ALL,
  "pods/exec": ALL,
  "pods/portforward": ALL,
  "pods/eviction": ALL,
  "nodes/proxy": ALL,
  "/metrics": ALL,
} as const;

/** What the examples speak of. */
function seed(cluster: EmbeddedCluster): void {
  const metadata = (name: string, more: object = {}) => ({ name, namespace: "shop", ...more });
  const owner = (kind: string, name: string) => ({
    ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: `uid-${name}`, controller: true }],
  });
  const spec = { containers: [{ name: "main", image: "web" }] };
  const template = { metadata: { labels: { app: "web" } }, spec };
  const workload = { replicas: 1, selector: { matchLabels: { app: "web" } }, template };
  const pod = (name: string, app: string, phase: string, more: object = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata(name, { labels: { app }, ...more }),
    spec,
    status: { phase },
  });
  const objects: readonly object[] = [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata("web", { uid: "uid-web" }),
      spec: workload,
      status: {},
    },
    {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: metadata("web-rs", { uid: "uid-web-rs", ...owner("Deployment", "web") }),
      spec: workload,
    },
    pod("web-1", "web", "Running", owner("ReplicaSet", "web-rs")),
    pod("done", "done", "Succeeded"),
    pod("old-1", "old", "Failed"),
    pod("old-2", "old", "Failed"),
  ];
  cluster.applyObjects(objects);
}

async function run(code: string, kube: unknown): Promise<unknown> {
  const body = stripTypeScriptTypes(`async function example(kube) {\n${code}\n}`);
  return new Function("kube", `${body}; return example(kube);`)(kube);
}

const RESULTS: readonly unknown[] = [
  { all: 4, names: ["web-1"] },
  1,
  "web-1",
  [{ color: "red" }, { color: "red", shape: "round" }],
  expect.stringMatching(/^report-[a-z0-9]{5}$/),
  { on: "round" },
  { value: "2" },
  { deleted: 1, gone: 0, changed: 0 },
  2,
  2,
  2,
  ["ReplicaSet", "Deployment"],
  "evicted",
  { lines: ["one", "two"], exitCode: 0, stdout: "4" },
  "HTTP/1.0 200 OK",
  { may: true, logs: true, versions: ["v1"], namespace: "shop" },
  { requests: 3, volumes: ["data"] },
];

test("every example has a result that is expected", () => {
  expect(EXAMPLES).toHaveLength(RESULTS.length);
});

test.each(
  EXAMPLES.map((code, index) => [code, RESULTS[index]] as const).filter(([code]) => !NEEDS_CONTAINER.test(code)),
)("the README's example does what it says, number %#", async (code, expected) => {
  await using cluster = await startEmbeddedCluster();
  seed(cluster);
  const client = createClient({
    config: { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" },
    rules: resolveAccess(ACCESS, builtinCatalog),
  });
  try {
    expect(await run(code, client.kube)).toEqual(expected);
  } finally {
    await client.close();
  }
});

test.each(
  EXAMPLES.map((code, index) => [code, RESULTS[index]] as const).filter(([code]) => NEEDS_CONTAINER.test(code)),
)("the README's example with a container does what it says, number %#", async (code, expected) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.otherwise((response, request, socket) => {
    if (request.target.endsWith("/metrics")) {
      const metrics = request.target.startsWith("/api/") ? 'used{volume="data"} 1\n' : "apiserver_request_total 3\n";
      text(200, metrics)(response, request, socket);
      return;
    }
    const log = "2026-01-01T00:00:01Z one\n2026-01-01T00:00:02Z two\n";
    const answer = request.target.includes("/log?") ? text(200, log) : json(201, { kind: "Status", status: "Success" });
    answer(response, request, socket);
  });
  server.onUpgrade((request, socket) => {
    const isForwarded = request.url?.includes("/portforward?") ?? false;
    const peer = acceptExec(request, socket, isForwarded ? "v4.channel.k8s.io" : "v5.channel.k8s.io");
    if (isForwarded) peer.say(0, Buffer.from([0x90, 0x1f]));
    peer.onHeard(({ channel }) => {
      if (isForwarded) {
        peer.say(0, "HTTP/1.0 200 OK\r\n\r\n");
        peer.close();
      }
      if (channel !== 255) return;
      peer.say(1, String(Buffer.concat(peer.heard.filter((one) => one.channel === 0).map(({ data }) => data)).length));
      peer.say(3, SUCCESS);
      peer.close();
    });
  });
  expect(await run(code, client.kube)).toEqual(expected);
});
