import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { createSecureContext, createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import { tlsOptions } from "../../../../runtime/kube/transport/tls.ts";
import { CA, CHAINED, INTERMEDIATE_CA, NAMED, OTHER_CA, SERVER } from "../server/certificates.ts";
import { answerOf, startRawServer } from "../server/raw-server.ts";

const CONFIG = { server: "https://10.96.0.1:443", ca: CA, namespace: "shop" };

test("tlsOptions requires TLS 1.2 and sends keep-alive probes every 30 s [C1] [C13]", () => {
  expect(tlsOptions(CONFIG)).toEqual({
    minVersion: "TLSv1.2",
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: true,
    ca: CA,
  });
});

test.each([
  ["api.example.test", { servername: "api.example.test" }],
  ["10.96.0.1", {}],
  ["fd00::1", {}],
])("tlsOptions sends %s as SNI only if it is a name [A10]", (tlsServerName, expected) => {
  const { servername } = tlsOptions({ ...CONFIG, tlsServerName });
  expect(servername === undefined ? {} : { servername }).toEqual(expected);
});

test("the transport offers only HTTP/1.1, for calls and for upgrades [C8] [M8]", async () => {
  const offered: unknown[] = [];
  const sockets: TLSSocket[] = [];
  const server = createServer(
    {
      cert: SERVER,
      key: SERVER,
      ALPNCallback: ({ protocols }) => {
        offered.push(protocols);
        return protocols[0];
      },
    },
    (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    },
  ).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const connection = createConnection({ server: `https://127.0.0.1:${port}`, ca: CA, namespace: "shop" });
  const read = { method: "GET", path: "/api", query: [], headers: {} } as const;
  await expect(connection.send(read)).rejects.toMatchObject({ code: 404 });
  await expect(connection.send({ ...read, stream: true, upgrade: "websocket" })).rejects.toMatchObject({ code: 404 });
  await connection.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(offered).toEqual([["http/1.1"], ["http/1.1"]]);
});

test.each([
  ["api.example.test", "api.example.test"],
  ["127.0.0.1", false],
  [undefined, false],
] as const)("the transport sends %s as the server's name only if it is a name [A10]", async (tlsServerName, sni) => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), {
    identity: NAMED,
  });
  const { ca: _ca, ...config } = server.config({ insecureSkipTlsVerify: true });
  const connection = createConnection({ ...config, ...(tlsServerName === undefined ? {} : { tlsServerName }) });
  await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
  await connection.close();
  expect(server.connections.map(({ socket }) => (socket as TLSSocket).servername)).toEqual([sni]);
});

const READ = { method: "GET", path: "/api", query: [], headers: {} } as const;

/** What one request to a server with a certificate of `CHAINED` ends with. */
async function answerFor(ca: string, identity = CHAINED): Promise<unknown> {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), { identity });
  const connection = createConnection(server.config({ ca }), { maxRetries: 0 });
  try {
    return (await connection.send(READ)).status;
  } catch (error) {
    return (error as { code: unknown }).code;
  } finally {
    await connection.close();
  }
}

const broken = INTERMEDIATE_CA.replace(/\n[A-Za-z0-9+/]/, "\n!-");
const [leaf = ""] = CHAINED.split(/(?<=-----END CERTIFICATE-----\n)/);

test.each([
  ["as it is", INTERMEDIATE_CA],
  ["behind another one", OTHER_CA + INTERMEDIATE_CA],
  ["twice", INTERMEDIATE_CA + INTERMEDIATE_CA],
  ["with CRLF", INTERMEDIATE_CA.replaceAll("\n", "\r\n")],
  ["with words around it", `# the cluster's\nsubject=CN=x\n${INTERMEDIATE_CA}# end`],
  ["behind one that cannot be read", broken + INTERMEDIATE_CA],
  ["behind one whose end is missing", INTERMEDIATE_CA.slice(0, 200) + INTERMEDIATE_CA],
  ["behind a key", CHAINED.slice(CHAINED.indexOf("-----BEGIN PRIVATE")) + INTERMEDIATE_CA],
  ["in one long line", INTERMEDIATE_CA.replaceAll(/(?<!-)\n(?!-)/g, "")],
  ["with spaces at the ends of its lines", INTERMEDIATE_CA.replaceAll("\n", " \n")],
  ["as the server's own certificate", leaf],
])("the transport trusts a CA that another CA has signed, %s [A5]", async (_how, ca) => {
  expect(await answerFor(ca)).toBe(200);
});

test("the transport does not trust a certificate as a CA because a trusted CA signed it [A5]", async () => {
  expect(await answerFor(leaf, SERVER)).toMatch(/^UNABLE_TO_/);
  expect(await answerFor(OTHER_CA)).toMatch(/^UNABLE_TO_/);
});

test.each([
  ["empty", ""],
  ["something else", "garbage"],
  ["not readable", broken],
  ["of another label", INTERMEDIATE_CA.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")],
])("the transport refuses a CA bundle that is %s, and uses no other [A5]", async (_what, ca) => {
  expect(await answerFor(ca)).toBe("RangeError");
});

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ED = generateKeyPairSync("ed25519").privateKey;

test.each([
  ["PKCS #1", RSA, "pkcs1"],
  ["PKCS #8 of RSA", RSA, "pkcs8"],
  ["SEC 1", EC, "sec1"],
  ["PKCS #8 of EC", EC, "pkcs8"],
  ["PKCS #8 of Ed25519", ED, "pkcs8"],
] as const)(
  "tlsOptions reads a private key in %s whatever its label and the text around it [A9]",
  (_form, key, type) => {
    const text = String(key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }));
    const der = (pem: string | undefined) => createPrivateKey(pem ?? "").export({ type: "pkcs8", format: "der" });
    for (const label of ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ANY PRIVATE KEY"]) {
      const relabelled = text.replaceAll(/(BEGIN|END) [A-Z ]+-/g, `$1 ${label}-`);
      for (const clientKey of [
        relabelled,
        `Bag Attributes\n${SERVER.slice(0, SERVER.indexOf("-----BEGIN EC"))}\r\n${relabelled}`,
      ]) {
        const options = tlsOptions({ ...CONFIG, clientCertificate: SERVER, clientKey });
        expect(der(options.key)).toEqual(key.export({ type: "pkcs8", format: "der" }));
        expect(() => createSecureContext({ key: options.key })).not.toThrow();
      }
    }
  },
);
