import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { parse } from "yaml";
import { serverCertificate } from "../../runtime/embedded/http/certificate.ts";
import type { ClusterAccess } from "./access.ts";

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

/** A way to the API server that tells of each write that is really made. */
export interface StoppingProxy extends AsyncDisposable {
  /** Writes its kubeconfig. */
  writeKubeconfig(path: string): void;
}

/**
 * Starts a proxy on loopback that speaks to the cluster as its administrator.
 *
 * @param onWrite called when the server has made a change, before the client hears of it; while it waits, nothing else passes
 */
export async function startStoppingProxy(
  access: ClusterAccess,
  onWrite: (method: string, path: string) => void,
): Promise<StoppingProxy> {
  const credentials = credentialsOf(access);
  const { certificate: cert, key } = serverCertificate();
  const server = createServer({ cert, key }, (incoming, outgoing) => forward(incoming, outgoing));
  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url = "/" } = incoming;
    const isWrite = method !== "GET" && !url.includes("dryRun=All");
    const { authorization: _none, host: _host, ...headers } = incoming.headers;
    const target = request(new URL(url, access.server), { method, headers, ...credentials }, (answer) => {
      if (isWrite && (answer.statusCode ?? 500) < 300) onWrite(method, url);
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    // The requests of a killed client end with it, so there is no one to answer.
    target.on("error", () => outgoing.destroy());
    outgoing.on("close", () => target.destroy());
    incoming.pipe(target);
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    writeKubeconfig: (path) => writeFileSync(path, kubeconfigOf(port, cert)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function credentialsOf({ kubeconfig }: ClusterAccess) {
  const { clusters, users } = parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const decode = (text = "") => Buffer.from(text, "base64");
  return {
    ca: decode(clusters[0]?.cluster["certificate-authority-data"]),
    cert: decode(users[0]?.user["client-certificate-data"]),
    key: decode(users[0]?.user["client-key-data"]),
  };
}

function kubeconfigOf(port: number, ca: string): string {
  const data = Buffer.from(ca).toString("base64");
  return JSON.stringify({
    clusters: [
      { name: "proxied", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": data } },
    ],
    users: [{ name: "nobody", user: {} }],
    contexts: [{ name: "proxied", context: { cluster: "proxied", user: "nobody" } }],
    "current-context": "proxied",
  });
}
