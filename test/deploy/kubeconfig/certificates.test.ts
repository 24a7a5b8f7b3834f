import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import { CA, NAMED, RENEWED, RENEWED_CA, SERVER } from "../../runtime/kube/server/certificates.ts";
import { answerOf, type Listener, type RawServer, startRawServer } from "../../runtime/kube/server/raw-server.ts";
import { project } from "../../support/project.ts";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const UNAUTHORIZED = answerOf("401 Unauthorized", '{"kind":"Status","reason":"Unauthorized","code":401}');
const [FIRST, SECOND] = ["errand test server", "errand test named"];
const ASKING = { tls: { requestCert: true, rejectUnauthorized: false } };
const START = Date.parse("2027-01-01T00:00:00Z");

let folder: string;

beforeEach(() => {
  folder = project();
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  for (const name of ["HTTPS_PROXY", "https_proxy"]) vi.stubEnv(name, "");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

/** Connects as the user of a kubeconfig whose authorities, certificate and key are files. */
async function connectTo(server: RawServer, user: object = {}) {
  put("ca.pem", CA);
  put("tls.crt", SERVER);
  put("tls.key", SERVER);
  const cluster = { server: `https://127.0.0.1:${server.port}`, "certificate-authority": "ca.pem" };
  const files = { "client-certificate": "tls.crt", "client-key": "tls.key", ...user };
  const document = {
    clusters: [{ name: "one", cluster }],
    users: [{ name: "one", user: files }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  };
  put("config", JSON.stringify(document));
  const { config } = await loadTarget({ kubeconfig: join(folder, "config") });
  const connection = createConnection(config, { maxRetries: 0 });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

const answerAll: Listener = ({ socket }) => void socket.write(answerOf("200 OK", "{}"));
const clientsOf = ({ connections }: RawServer) => connections.map(({ client }) => client);

describe("a connection as a user whose certificate is in files", () => {
  it("uses renewed files after a minute, and closes connections with the old certificate", async () => {
    await using server = await startRawServer(answerAll, ASKING);
    await using connection = await connectTo(server);
    await connection.send(READ);
    put("tls.crt", NAMED);
    put("tls.key", NAMED);
    vi.setSystemTime(START + 59_000);
    await connection.send(READ);
    expect(clientsOf(server)).toEqual([FIRST]);
    vi.setSystemTime(START + 60_000);
    await Promise.all([connection.send(READ), connection.send(READ)]);
    expect(clientsOf(server)).toEqual([FIRST, SECOND, SECOND]);
    await server.until(() => server.open === 2);
  });

  it("keeps its connection when the files are the same", async () => {
    await using server = await startRawServer(answerAll, ASKING);
    await using connection = await connectTo(server);
    for (const minutes of [0, 1, 2]) {
      vi.setSystemTime(START + minutes * 60_000);
      await connection.send(READ);
    }
    expect(clientsOf(server)).toEqual([FIRST]);
  });

  it("reads the files at once after a 401, and repeats the request [B3]", async () => {
    await using server = await startRawServer(({ client, socket }) => {
      socket.write(client === SECOND ? answerOf("200 OK", "{}") : UNAUTHORIZED);
    }, ASKING);
    await using connection = await connectTo(server);
    put("tls.crt", NAMED);
    put("tls.key", NAMED);
    expect((await connection.send({ ...READ, method: "POST", body: "{}" })).status).toBe(200);
    expect(clientsOf(server)).toEqual([FIRST, SECOND]);
  });

  it.each([
    ["only one of them is new", () => put("tls.crt", NAMED)],
    ["one of them is gone", () => rmSync(join(folder, "tls.key"))],
    ["one of them is half written", () => put("tls.crt", NAMED.slice(0, 200))],
  ])("keeps the last pair, and reads again with the next request, when %s", async (_what, change) => {
    await using server = await startRawServer(answerAll, ASKING);
    await using connection = await connectTo(server);
    await connection.send(READ);
    change();
    vi.setSystemTime(START + 60_000);
    await connection.send(READ);
    expect(clientsOf(server)).toEqual([FIRST]);
    put("tls.crt", NAMED);
    put("tls.key", NAMED);
    await connection.send(READ);
    expect(clientsOf(server)).toEqual([FIRST, SECOND]);
  });

  it("reads no file when the kubeconfig has the data", async () => {
    await using server = await startRawServer(answerAll, ASKING);
    const data = Buffer.from(SERVER).toString("base64");
    const user = { "client-certificate-data": data, "client-key-data": data };
    await using connection = await connectTo(server, user);
    put("tls.crt", NAMED);
    put("tls.key", NAMED);
    vi.setSystemTime(START + 60_000);
    await connection.send(READ);
    expect(clientsOf(server)).toEqual([FIRST]);
  });
});

describe("a connection to a cluster whose authorities are in a file", () => {
  it("reads them again when the server's certificate no longer matches them [A7]", async () => {
    await using server = await startRawServer(answerAll, { ...ASKING, identity: RENEWED });
    await using connection = await connectTo(server);
    await expect(connection.send(READ)).rejects.toMatchObject({ reason: "Unreachable", sent: false });
    put("ca.pem", RENEWED_CA);
    expect((await connection.send(READ)).status).toBe(200);
  });

  it("keeps trusting the last ones when the file holds none [A5]", async () => {
    await using server = await startRawServer(answerAll, { ...ASKING, identity: RENEWED });
    await using connection = await connectTo(server);
    put("ca.pem", "none");
    await expect(connection.send(READ)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|UNABLE_TO/) });
    server.present(SERVER);
    expect((await connection.send(READ)).status).toBe(200);
  });
});
