import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { loadTarget } from "../../deploy/kubeconfig/target.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { readYaml } from "../../runtime/kube/values/yaml.ts";
import { CA, SERVER } from "../runtime/kube/server/certificates.ts";
import { answerOf, type RawServer, startRawServer } from "../runtime/kube/server/raw-server.ts";
import { run } from "../support/command.ts";
import { project } from "../support/project.ts";
import { Kubectl } from "./kubectl.ts";

const ASKING = { tls: { requestCert: true, rejectUnauthorized: false } };
const data = (text: string) => Buffer.from(text).toString("base64");
const PAIR = `client-certificate-data: ${data(SERVER)}, client-key-data: ${data(SERVER)}`;
const EXEC = `exec: { apiVersion: client.authentication.k8s.io/v1, command: /bin/false, interactiveMode: Never }`;

const folder = project();

beforeAll(() => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "KUBECONFIG"]) vi.stubEnv(name, "");
});

afterAll(() => {
  vi.unstubAllEnvs();
});

function kubeconfig(text: string): string {
  const path = join(folder, "config");
  writeFileSync(path, text);
  return path;
}

/** Whom a server takes a connection's caller for, one line for each thing that he shows. */
function shown({ heard, client }: RawServer["connections"][number]): string[] {
  const lines = Buffer.from(heard, "latin1").toString("utf8").split("\r\n");
  const identity = lines.filter((line) => /^(?:authorization|impersonate-)/i.test(line));
  // The names of headers have no case.
  const named = identity.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()));
  return [...named, ...(client === "" ? [] : [`certificate: ${client}`])].sort();
}

async function askAsKubectl(path: string): Promise<number | null> {
  const { kubectl } = inject("cluster");
  const { code } = await run([kubectl, "get", "--raw=/api", `--kubeconfig=${path}`]);
  return code;
}

async function askAsErrand(path: string): Promise<void> {
  const { config } = await loadTarget({ kubeconfig: path });
  const connection = createConnection(config, { maxRetries: 0 });
  try {
    await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
  } finally {
    await connection.close();
  }
}

const startServer = () => startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), ASKING);

/** @param cluster more of it, after a comma */
function documentFor({ port }: RawServer, user: string, cluster = `, certificate-authority-data: ${data(CA)}`): string {
  return `
x-shared: &shared { as: eve, as-groups: [g] }
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:${port}"${cluster} } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
current-context: c
users: [{ name: u, user: ${user} }]
`;
}

describe("a kubeconfig", () => {
  it.each<[string, string]>([
    ["a token", "{ token: t }"],
    ["a name and a password", '{ username: jörg, password: "s:3" }'],
    ["a name alone", "{ username: jörg }"],
    ["a token beside a certificate", `{ token: t, ${PAIR} }`],
    ["a token beside a plugin", `{ token: t, ${EXEC} }`],
    ["a certificate beside a plugin", `{ ${PAIR}, ${EXEC} }`],
    ["a name and a password beside a plugin", `{ username: a, password: b, ${EXEC} }`],
    ["a token beside a file that is not there", "{ token: t, tokenFile: gone }"],
    [
      "a token beside a provider",
      "{ token: t, auth-provider: { name: oidc, config: { client-id: a, idp-issuer-url: b } } }",
    ],
    ["whom it acts as, by a merge key", "{ <<: *shared, token: t }"],
    ["what is written after a merge key", "{ <<: *shared, token: t, as: bob }"],
    [
      "all of whom it acts as",
      '{ token: t, as: jörg, as-uid: "7", as-groups: [a, ü], as-user-extra: { example.com/a b: [x, z], "100%": [q], AbC: [r], abc: [s] } }',
    ],
    ["a field that nobody knows", "{ token: t, tokan: b }"],
  ])("sends the same credentials as kubectl for a user with %s", async (_what, user) => {
    await using server = await startServer();
    const path = kubeconfig(documentFor(server, user));
    expect(await askAsKubectl(path)).toBe(0);
    await askAsErrand(path);
    const [byKubectl, byErrand] = server.connections.map(shown);
    expect(server.connections).toHaveLength(2);
    expect(byErrand).toEqual(byKubectl);
  });

  it.each<[string, string, string?]>([
    ["a token beside a password", "{ token: t, username: a, password: b }"],
    ["a plugin beside a provider", `{ ${EXEC}, auth-provider: { name: oidc } }`],
    ["a plugin that fails", `{ ${EXEC} }`],
    ["a plugin of an old version", "{ exec: { apiVersion: client.authentication.k8s.io/v1alpha1, command: a } }"],
    ["a provider of old", "{ auth-provider: { name: gcp } }"],
    ["a token file that is not there", "{ tokenFile: gone }"],
    ["a certificate without a key", `{ client-certificate-data: ${data(SERVER)} }`],
    ["a certificate that is none", `{ client-certificate-data: ${data("x")}, client-key-data: ${data("x")} }`],
    ["groups without a user", "{ token: t, as-groups: [a] }"],
    ["a uid without a user", '{ token: t, as-uid: "7" }'],
    ["a number as a password", "{ username: a, password: 123 }"],
    ["a word that is a boolean as a user", "{ token: t, as: no }"],
    ["data that are not base64", "{ token: t, client-key-data: x! }"],
    [
      "an authority beside skip-verify",
      "{ token: t }",
      `, insecure-skip-tls-verify: true, certificate-authority-data: ${data(CA)}`,
    ],
    ["an authority that is none", "{ token: t }", `, certificate-authority-data: ${data("x")}`],
    ["an authority in a file that is not there", "{ token: t }", ", certificate-authority: gone"],
    ["a proxy without a scheme", "{ token: t }", ', insecure-skip-tls-verify: true, proxy-url: "127.0.0.1:1"'],
  ])("is refused like in kubectl, before anything is sent, with %s", async (_what, user, cluster) => {
    await using server = await startServer();
    const path = kubeconfig(documentFor(server, user, cluster));
    expect(await askAsKubectl(path)).not.toBe(0);
    await expect(askAsErrand(path)).rejects.toMatchObject({ name: "CommandError" });
    expect(server.connections).toEqual([]);
  });
});

describe("YAML text", () => {
  it.each([
    "0400",
    "0o400",
    "+0644",
    "-010",
    "0800",
    "0x1F",
    "-0x1F",
    "0b101",
    "1_000",
    "0_400",
    "0_",
    "_1",
    "1e3",
    "1.",
    ".5",
    "1:30",
    "2026-01-01",
    "9007199254740991",
    "~",
    "!!str 0400",
    "!!int 0400",
    "'0400'",
    "{ <<: { a: 1 }, a: 2 }",
    "{ <<: [{ a: 1 }, { a: 2, b: 3 }] }",
    "{ 0400: a }",
    "{ a: &a { x: 0400 }, b: { <<: *a } }",
  ])("has the same value as in kubectl: %s", async (text) => {
    const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\nvalue: ${text}\n`;
    const words = ["create", "--dry-run=client", "--validate=false", "--output=json", "--filename=-"];
    const printed = await new Kubectl(inject("cluster")).text(words, { input: manifest });
    const { value: byKubectl = null } = JSON.parse(printed) as { value?: unknown };
    expect(await readYaml(manifest)).toMatchObject([{ value: { value: byKubectl } }]);
  });
});
