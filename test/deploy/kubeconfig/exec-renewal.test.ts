import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import { CA, NAMED, SERVER } from "../../runtime/kube/server/certificates.ts";
import { answerOf, type Listener, startRawServer } from "../../runtime/kube/server/raw-server.ts";
import { project } from "../../support/project.ts";

const VERSION = "client.authentication.k8s.io/v1";
const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const UNAUTHORIZED = answerOf("401 Unauthorized", '{"kind":"Status","reason":"Unauthorized","code":401}');
const [FIRST, SECOND] = ["errand test server", "errand test named"];
const ASKING = { tls: { requestCert: true, rejectUnauthorized: false } };

/** When the first credential expires, a minute after each test begins. */
const SOON = "2027-01-01T00:01:00Z";

let folder: string;

beforeEach(() => {
  folder = project();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(SOON) - 60_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const runs = () => readFileSync(join(folder, "runs")).length;

/** A plugin that notes each of its runs, and gives another certificate and token from its second run on. @param first more of what it gives first */
function kubeconfig(
  port: number,
  { first = {}, hasToken = false }: { first?: object; hasToken?: boolean } = {},
): string {
  writeFileSync(join(folder, "1"), SERVER);
  writeFileSync(join(folder, "2"), NAMED);
  const script = `
    const fs = require("node:fs");
    const folder = ${JSON.stringify(folder)};
    fs.appendFileSync(folder + "/runs", "x");
    const run = Math.min(fs.readFileSync(folder + "/runs").length, 2);
    const pem = fs.readFileSync(folder + "/" + run, "utf8");
    const status = { clientCertificateData: pem, clientKeyData: pem, ...(run === 1 ? ${JSON.stringify(first)} : {}) };
    if (${hasToken}) status.token = "token-" + run;
    console.log(JSON.stringify({ apiVersion: ${JSON.stringify(VERSION)}, kind: "ExecCredential", status }));`;
  const exec = { apiVersion: VERSION, command: process.execPath, args: ["-e", script], interactiveMode: "Never" };
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    "certificate-authority-data": Buffer.from(CA).toString("base64"),
  };
  const path = join(folder, "config");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "one", cluster }],
    users: [{ name: "one", user: { exec } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function connectTo(path: string) {
  const { config } = await loadTarget({ kubeconfig: path });
  const connection = createConnection(config, { maxRetries: 0 });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

const answerAll: Listener = ({ socket }) => void socket.write(answerOf("200 OK", "{}"));

describe("a connection as the user of an exec plugin", () => {
  it("uses the plugin's certificate, and asks for no other while it is valid [B4]", async () => {
    await using server = await startRawServer(answerAll, ASKING);
    await using connection = await connectTo(kubeconfig(server.port));
    await connection.send(READ);
    await connection.send(READ);
    expect(server.connections.map(({ client }) => client)).toEqual([FIRST]);
    expect(server.connections[0]?.heard).not.toMatch(/authorization/i);
    expect(runs()).toBe(1);
  });

  it("uses a new certificate once the first is about to expire, and closes connections with the old one [B4]", async () => {
    await using server = await startRawServer(answerAll, ASKING);
    await using connection = await connectTo(kubeconfig(server.port, { first: { expirationTimestamp: SOON } }));
    await connection.send(READ);
    vi.setSystemTime(Date.parse(SOON) - 9_000);
    await Promise.all([connection.send(READ), connection.send(READ)]);
    expect(server.connections.map(({ client }) => client)).toEqual([FIRST, SECOND, SECOND]);
    expect(runs()).toBe(2);
    await server.until(() => server.open === 2);
  });

  it("asks it again after a 401, once for certificate, token and all requests, and repeats each request [B4] [B3]", async () => {
    await using server = await startRawServer(({ client, heard, socket }) => {
      const isNew = client === SECOND && heard.includes("Bearer token-2");
      socket.write(isNew ? answerOf("200 OK", "{}") : UNAUTHORIZED);
    }, ASKING);
    await using connection = await connectTo(kubeconfig(server.port, { hasToken: true }));
    const writes = Array.from({ length: 20 }, () => connection.send({ ...READ, method: "POST", body: "{}" }));
    expect((await Promise.all(writes)).every(({ status }) => status === 200)).toBe(true);
    expect(connection.stats.requests).toBe(40);
    expect(runs()).toBe(2);
  });

  it("returns a second 401 as the answer [B3] [B4]", async () => {
    await using server = await startRawServer(({ socket }) => void socket.write(UNAUTHORIZED), ASKING);
    await using connection = await connectTo(kubeconfig(server.port));
    await expect(connection.send(READ)).rejects.toMatchObject({ code: 401 });
    expect([connection.stats.requests, runs()]).toEqual([2, 2]);
  });

  it("keeps an open watch, and opens the next one with the new credential [B4] [B8]", async () => {
    const { promise: isOpen, resolve } = Promise.withResolvers<void>();
    await using server = await startRawServer(({ heard, socket }) => {
      if (!heard.includes("watch")) return void socket.write(answerOf("200 OK", "{}"));
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
      resolve();
    }, ASKING);
    await using connection = await connectTo(kubeconfig(server.port, { first: { expirationTimestamp: SOON } }));
    const watch: KubeRequest = { ...READ, query: [["watch", "true"]], stream: true };
    const { body } = await connection.send(watch);
    await isOpen;
    vi.setSystemTime(Date.parse(SOON) - 9_000);
    const next = await connection.send(watch);
    expect(server.connections.map(({ client }) => client)).toEqual([FIRST, SECOND]);
    server.connections[0]?.socket.write("0\r\n\r\n");
    expect(await body.text()).toBe("a");
    await next.body.dump();
  });
});
