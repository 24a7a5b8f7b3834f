// A hub as the command line reaches it: its process runs here, and the API server in front of the embedded cluster forwards the port of its pod.
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { onTestFinished, vi } from "vitest";
import { hubLabels } from "../../../deploy/hub/install/hub-manifests.ts";
import type { HubOptions } from "../../../deploy/hub/serve/hub-options.ts";
import type { EmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { acceptExec } from "../../runtime/kube/server/exec-server.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";
import { project, writeFiles } from "../../support/project.ts";
import { embeddedTarget } from "../release/embedded-target.ts";
import { hubFolder } from "./hub-process.ts";

/** Only shorter messages fit into a frame of the scripted peer, in bytes. */
const FRAME_BYTES_MAX = 32_768;

/** A hub in namespace `shop`, and where the command line is called so that it finds it. */
export async function reachedHub(options: Partial<HubOptions> = {}) {
  const { cluster } = await embeddedTarget("shop");
  const hub = (await hubFolder(cluster)).start(options);
  await hub.ready;
  // Kubernetes' times have no fractions: a run that ends in the second in which the hub came looks older than it.
  const second = Math.floor(Date.now() / 1_000);
  await vi.waitUntil(() => Math.floor(Date.now() / 1_000) > second, { timeout: 5_000 });
  cluster.applyObjects(hubObjects());
  const server = await forwardingServer(cluster, await hub.port);
  const folder = project();
  writeFiles(folder, { kubeconfig: kubeconfig({ server, user: {}, namespace: "shop" }) });
  return { cluster, place: { cwd: folder, env: { KUBECONFIG: join(folder, "kubeconfig") } } };
}

/** What of an installed hub says where its pod is. */
function hubObjects() {
  const labels = hubLabels("shop");
  const ownedBy = (kind: string, uid: string) => [{ apiVersion: "apps/v1", kind, name: uid, uid, controller: true }];
  const metadata = { name: "errand-hub", namespace: "shop", labels };
  const template = { metadata: { labels }, spec: { containers: [{ name: "hub", image: "node:26-slim" }] } };
  const spec = { selector: { matchLabels: labels }, template };
  return [
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { ...metadata, uid: "hub" }, spec },
    {
      ...{ apiVersion: "apps/v1", kind: "ReplicaSet", spec },
      metadata: { ...metadata, uid: "set", ownerReferences: ownedBy("Deployment", "hub") },
    },
    {
      ...{ apiVersion: "v1", kind: "Pod", spec: template.spec, status: { phase: "Running" } },
      metadata: { ...metadata, ownerReferences: ownedBy("ReplicaSet", "set") },
    },
  ];
}

/** Passes everything on to a cluster as its administrator, as `kubectl proxy` does, but for forwarded ports: they all lead to one port of loopback. */
async function forwardingServer(cluster: EmbeddedCluster, port: number): Promise<string> {
  const server = createServer((asked, response) => {
    const { method, url } = asked;
    const headers = { ...asked.headers, authorization: `Bearer ${cluster.adminToken}` };
    const passed = request(new URL(url ?? "", cluster.url), { method, headers, ca: cluster.ca }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  const open = new Set<Duplex>();
  server.on("upgrade", (asked: IncomingMessage, socket: Duplex) => {
    const peer = acceptExec(asked, socket, "v4.channel.k8s.io");
    const asPort = Number(new URL(asked.url ?? "", cluster.url).searchParams.get("ports"));
    for (const channel of [0, 1]) peer.say(channel, Buffer.from([asPort & 0xff, asPort >> 8]));
    const forwarded = connect(port, "127.0.0.1");
    open.add(socket).add(forwarded);
    peer.onHeard(({ channel, data }) => {
      if (channel === 0) forwarded.write(data);
    });
    forwarded.on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += FRAME_BYTES_MAX) peer.say(0, chunk.subarray(at, at + FRAME_BYTES_MAX));
    });
    forwarded.on("error", () => peer.drop()).on("end", () => peer.close());
    socket.on("close", () => forwarded.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    for (const each of open) each.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
