import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { type ResourceInfo, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import { connect } from "../../../runtime/kube/connect.ts";
import { ACCESS, type ClientExample, DOCUMENTED, EXAMPLES } from "./readme-examples.ts";
import { acceptExec, SUCCESS } from "./server/exec-server.ts";
import { jobClient, pod } from "./server/job-client.ts";
import {
  type Answer,
  fixedToken,
  json,
  type ScriptedServer,
  startScriptedServer,
  text,
} from "./server/scripted-server.ts";

// Runs every example of the client's documentation: on the embedded API, or on a scripted server if it needs a container.

const needsContainer = ({ body }: ClientExample) =>
  /\.(?:logs|exec|attach|evict|readMetrics|portForward|proxy|bind|updateFinalize)\(/.test(body);

const CERTIFICATES: ResourceInfo = {
  group: "cert-manager.io",
  version: "v1",
  resource: "certificates",
  kind: "Certificate",
  namespaced: true,
  verbs: ACCESS.pods,
  subresources: { status: ["get", "patch", "update"] },
};

/** What the examples speak of. */
function seed(cluster: EmbeddedCluster): void {
  const metadata = (name: string, more: object = {}) => ({ name, namespace: "shop", ...more });
  const owner = (kind: string, name: string) => ({
    ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: `uid-${name}`, controller: true }],
  });
  const spec = { containers: [{ name: "main", image: "web" }] };
  const template = { metadata: { labels: { app: "web" } }, spec };
  const workload = { replicas: 1, selector: { matchLabels: { app: "web" } }, template };
  const podOf = (name: string, app: string, phase: string, more: object = {}) => ({
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
    podOf("web-1", "web", "Running", owner("ReplicaSet", "web-rs")),
    podOf("done", "done", "Succeeded"),
    podOf("old-1", "old", "Failed"),
    podOf("old-2", "old", "Failed"),
    { apiVersion: "v1", kind: "Secret", metadata: metadata("login"), data: { password: "c2VjcmV0" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "dns", namespace: "kube-system" } },
  ];
  cluster.applyObjects(objects);
}

/** Runs an example as the body of a function. @param connect what a program without a configuration would be connected by */
async function run({ imports, body }: ClientExample, kube: unknown, connect?: () => unknown): Promise<unknown> {
  const modules = { errand: await import("../../../runtime/index.ts"), "errand/kube": { connect } };
  const constants = imports.map(({ names, entry }) => {
    const values = names.split(", ").filter((name) => !name.startsWith("type "));
    return `const { ${values.join(", ")} } = modules[${JSON.stringify(entry)}];\n`;
  });
  const code = stripTypeScriptTypes(`async function example(kube, modules) {\n${constants.join("")}${body}\n}`);
  return new Function("kube", "modules", `${code}; return example(kube, modules);`)(kube, modules);
}

const RESULTS: readonly unknown[] = [
  { all: 4, names: ["web-1"] },
  1,
  "web-1",
  [{ color: "red" }, { color: "red", shape: "round" }],
  expect.stringMatching(/^report-[a-z0-9]{5}$/),
  { on: "round" },
  ["blue", 0],
  { value: "2" },
  { deleted: 1, gone: 0, changed: 0 },
  0,
  2,
  2,
  2,
  ["ReplicaSet", "Deployment"],
  "evicted",
  { lines: ["one", "two"], exitCode: 0, stdout: "4" },
  "4",
  "HTTP/1.0 200 OK",
  "2026-01-01T00:10:00Z",
  "csr-node-1",
  { may: true, logs: true, versions: ["v1"], namespace: "shop" },
  { revision: 1 },
  [1, 2],
  { isAlive: true, requests: 3, volumes: ["data"] },
  "tea",
  [6, "2Gi", 0],
  "0 pods are older than 1h30m",
  3,
  [expect.objectContaining({ kind: "PartialObjectMetadata" })],
  undefined,
];

test("every documented method is in an example", () => {
  const text = EXAMPLES.map(({ body }) => body).join("\n");
  expect(DOCUMENTED).toContain("addEphemeralContainer");
  expect(DOCUMENTED.filter((name) => !new RegExp(`\\.${name}\\b`).test(text))).toEqual([]);
});

test("every example has an expected result", () => {
  expect(EXAMPLES).toHaveLength(RESULTS.length);
});

const CASES = EXAMPLES.map((example, index) => [example, RESULTS[index]] as const);

test.each(CASES.filter(([example]) => !needsContainer(example)))(
  "the README's example works as documented, number %#",
  async (example, expected) => {
    await using cluster = await startEmbeddedCluster({ customResources: [CERTIFICATES] });
    seed(cluster);
    const config = { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" };
    const client = createClient({ config, rules: resolveAccess(ACCESS, builtinCatalog), scope: "cluster" });
    try {
      expect(await run(example, client.kube, () => connect(config))).toEqual(expected);
    } finally {
      await client.close();
    }
  },
);

/** An API server that has containers: whatever is asked of it, there is one answer. */
const ANSWERS: readonly (readonly [RegExp, Answer])[] = [
  [/\/(?:livez|healthz)$/, text(200, "ok")],
  [/^\/api.*\/metrics$/, text(200, 'used{volume="data"} 1\n')],
  [/\/services\/shop:80\/proxy\/orders\?notify=true$/, (response, request) => void response.end(request.body)],
  [/^\/metrics$/, text(200, "apiserver_request_total 3\n")],
  [/\/log\?/, text(200, "2026-01-01T00:00:01Z one\n2026-01-01T00:00:02Z two\n")],
  [/\/token/, json(201, { status: { token: "t", expirationTimestamp: "2026-01-01T00:10:00Z" } })],
  [/\/(?:resize|ephemeralcontainers)/, json(200, pod("web-1"))],
  [
    /\/(?:namespaces\/old-team|certificatesigningrequests\/)/,
    json(200, { metadata: { name: "csr-node-1", resourceVersion: "7" } }),
  ],
  [/./, json(201, { kind: "Status", status: "Success" })],
];

/** Serves a command that counts its input, and a port that says it is well. */
function serveStreams(server: ScriptedServer): void {
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
}

test.each(CASES.filter(([example]) => needsContainer(example)))(
  "the README's example with a container works as documented, number %#",
  async (example, expected) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise((response, request, socket) => {
      ANSWERS.find(([target]) => target.test(request.target))?.[1](response, request, socket);
    });
    serveStreams(server);
    expect(await run(example, client.kube)).toEqual(expected);
  },
);
