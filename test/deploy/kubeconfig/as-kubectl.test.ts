import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import { CA, NAMED, SERVER } from "../../runtime/kube/server/certificates.ts";
import { answerOf, type RawServer, startRawServer } from "../../runtime/kube/server/raw-server.ts";
import { project } from "../../support/project.ts";

const ASKING = { tls: { requestCert: true, rejectUnauthorized: false } };
const data = (text: string) => Buffer.from(text).toString("base64");
const [HEAD = ""] = SERVER.split("-----BEGIN EC PRIVATE KEY-----");
/** The same key under the label of another format, which Go takes. */
const MISLABELLED = SERVER.slice(HEAD.length).replaceAll("EC PRIVATE KEY", "PRIVATE KEY");
const EXEC = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin", interactiveMode: "Never" };

let folder: string;
let said: string;

beforeEach(() => {
  folder = project();
  said = "";
  for (const name of ["HTTPS_PROXY", "https_proxy", "KUBECONFIG"]) vi.stubEnv(name, "");
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function write(text: string, file = "config"): string {
  writeFileSync(join(folder, file), text);
  return join(folder, file);
}

/** A kubeconfig with one of each, in YAML: JSON is YAML too. @param top put before the rest */
function kubeconfig(
  { port }: Pick<RawServer, "port">,
  user: string,
  { top = "", scheme = "https", cluster = "" } = {},
): string {
  return write(`${top}
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "${scheme}://127.0.0.1:${port}", certificate-authority-data: ${data(CA)}${cluster} } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
current-context: c
users: [{ name: u, user: ${user} }]
`);
}

/** What a server hears of who asks, one line each. */
async function heardBy(server: RawServer, path: string): Promise<string[]> {
  const { config } = await loadTarget({ kubeconfig: path });
  const connection = createConnection(config, { maxRetries: 0 });
  await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
  await connection.close();
  const [{ heard = "", client = "" } = {}] = server.connections.slice(-1);
  const lines = Buffer.from(heard, "latin1").toString("utf8").split("\r\n");
  const identity = lines.filter((line) => /^(?:authorization|impersonate-)/i.test(line)).sort();
  return client === "" ? identity : [...identity, `certificate: ${client}`];
}

const startServer = (speaks: "tls" | "http" = "tls") =>
  startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), { ...ASKING, speaks });

describe("a user of a kubeconfig", () => {
  it.each<[string, string, string[]]>([
    ["its token", `{ token: t0ken }`, ["authorization: Bearer t0ken"]],
    ["its name and password", `{ username: jörg, password: "s:3" }`, [`authorization: Basic ${data("jörg:s:3")}`]],
    ["its name alone", `{ username: admin }`, [`authorization: Basic ${data("admin:")}`]],
    [
      "its certificate, whose key stands under another label",
      JSON.stringify({ "client-certificate-data": data(HEAD), "client-key-data": data(MISLABELLED) }),
      ["certificate: errand test server"],
    ],
    [
      "certificate and token",
      `{ token: t0ken, client-certificate-data: ${data(SERVER)}, client-key-data: ${data(SERVER)} }`,
      ["authorization: Bearer t0ken", "certificate: errand test server"],
    ],
    ["its token and no plugin", `{ token: t0ken, exec: ${JSON.stringify(EXEC)} }`, ["authorization: Bearer t0ken"]],
    [
      "its certificate and no plugin",
      `{ client-certificate-data: ${data(SERVER)}, client-key-data: ${data(SERVER)}, exec: ${JSON.stringify(EXEC)} }`,
      ["certificate: errand test server"],
    ],
    ["its token and no provider", `{ token: t0ken, auth-provider: { name: oidc } }`, ["authorization: Bearer t0ken"]],
    ["nothing where it has nothing", `{}`, []],
    ["nothing where it is null", `null`, []],
    [
      "whom it acts as",
      `{ token: t0ken, as: jörg, as-uid: "7", as-groups: [a, ü], as-user-extra: { example.com/a b: [x, z], "100%": [z], KEY: [a], Key: [b] } }`,
      [
        "authorization: Bearer t0ken",
        "impersonate-extra-100%25: z",
        "impersonate-extra-example.com%2Fa%20b: x",
        "impersonate-extra-example.com%2Fa%20b: z",
        "impersonate-extra-key: a",
        "impersonate-extra-key: b",
        "impersonate-group: a",
        "impersonate-group: ü",
        "impersonate-uid: 7",
        "impersonate-user: jörg",
      ],
    ],
  ])("shows the API server %s", async (_what, user, expected) => {
    await using server = await startServer();
    expect(await heardBy(server, kubeconfig(server, user))).toEqual(expected);
  });

  it("is the one that YAML's merge keys and anchors make", async () => {
    await using server = await startServer();
    const top = `x-shared: &shared { as: eve, as-groups: &groups [g] }\nx-more: &more { <<: *shared, token: other }`;
    const user = `{ <<: *more, token: t0ken }`;
    expect(await heardBy(server, kubeconfig(server, user, { top }))).toEqual([
      "authorization: Bearer t0ken",
      "impersonate-group: g",
      "impersonate-user: eve",
    ]);
    expect(said).toBe("");
  });

  it("sends no credentials to a server without TLS, and says so, but still impersonates", async () => {
    await using server = await startServer("http");
    const path = kubeconfig(server, `{ token: t0ken, as: eve }`, { scheme: "http" });
    expect(await heardBy(server, path)).toEqual(["impersonate-user: eve"]);
    expect(said).toMatch(/warning: The credentials of user "u" are not sent: http:.* does not use TLS/);
  });
});

describe("a context", () => {
  it.each([
    ["names no user", `{ cluster: c }`, /^$/],
    [
      "names a user that is not there",
      `{ cluster: c, user: gone }`,
      /The kubeconfig has no user "gone": .* without credentials/,
    ],
  ])("keeps its cluster's authority when it %s", async (_what, context, warning) => {
    await using server = await startServer();
    const cluster = `{ server: "https://127.0.0.1:${server.port}", certificate-authority-data: ${data(CA)} }`;
    const path = write(
      `{ clusters: [{ name: c, cluster: ${cluster} }], contexts: [{ name: c, context: ${context} }], current-context: c, users: null }`,
    );
    expect(await heardBy(server, path)).toEqual([]);
    expect(said).toMatch(warning);
  });
});

describe("an unused field of a kubeconfig", () => {
  it("is named when neither kubectl nor errand knows it and the context uses its entry", async () => {
    await using server = await startServer();
    const top = `x-anchors: { a: 1 }\nusr: []\npreferences: { colors: true }\nextensions: []`;
    const user = `{ token: t0ken, impersonate: eve, extensions: [{ name: a, extension: {} }] }`;
    await heardBy(server, kubeconfig(server, user, { top, cluster: ", disable-compression: yes, ca-data: x" }));
    expect(said).toBe(
      'warning: The kubeconfig has fields that neither kubectl nor errand knows: usr, ca-data of cluster "c", impersonate of user "u"\n',
    );
  });

  it.each([
    ["a plugin", `exec: ${JSON.stringify(EXEC)}`, "exec"],
    ["a provider", "auth-provider: { name: oidc, config: { client-id: a } }", "auth-provider"],
    [
      "scopes",
      "auth-provider: { name: oidc, config: { extra-scopes: a } }",
      "auth-provider, auth-provider.extra-scopes",
    ],
  ])("is named when it is %s beside a token", async (_what, beside, field) => {
    await using server = await startServer();
    await loadTarget({ kubeconfig: kubeconfig(server, `{ token: t0ken, ${beside} }`) });
    expect(said).toBe(
      `warning: User "u" of the kubeconfig has fields that neither kubectl nor errand uses: ${field}\n`,
    );
  });
});

describe("a kubeconfig", () => {
  it.each([
    ["begins with a byte order mark", (text: string) => `\uFEFF${text}`],
    ["has the line ends of Windows", (text: string) => text.replaceAll("\n", "\r\n")],
    ["ends with an empty document", (text: string) => `${text}---\n`],
    ["names neither kind nor version", (text: string) => text.replace(/^(?:kind|apiVersion): .*\n/gm, "")],
  ])("is read when it %s", async (_what, change) => {
    await using server = await startServer();
    const text = `apiVersion: v1\nkind: Config\nclusters:\n- { name: c, cluster: { server: "https://127.0.0.1:${server.port}", certificate-authority-data: ${data(CA)} } }\ncontexts:\n- { name: c, context: { cluster: c, user: u } }\ncurrent-context: c\nusers:\n- { name: u, user: { token: t0ken } }\n`;
    expect(await heardBy(server, write(change(text)))).toEqual(["authorization: Bearer t0ken"]);
  });

  it.each<[string, string, RegExp]>([
    ["is of another kind", "kind: Secret", /it is a Secret of v1, not a Config of v1/],
    ["is whose apiVersion is not", "apiVersion: v2", /it is a Config of v2/],
    ["is a list", "[]", /it must be a map of fields, not a list/],
    ["has lists that are none", "users: {}", /users must be a list, not a map/],
    ["has two documents", "kind: Config\n---\nkind: Config", /more than one document/],
    ["has an entry twice", "users: [{ name: a }, { name: a, user: { as: canary } }]", /users has "a" more than once/],
    ["has a field twice", "users: [{ name: a, user: { as: canary, as: b } }]", /Map keys must be unique at line 1/],
    [
      "has a field before a merge key that brings it too",
      "x: &x { as: canary }\nusers:\n- name: a\n  user: { as: b, <<: *x }",
      /"as" is repeated by a later <<: put << first, at line 4/,
    ],
    [
      "has a number as a password",
      "users: [{ name: a, user: { password: 31337 } }]",
      /user "a": password must be a string, .*in quotes/,
    ],
    ["has a word as a user", "users: [{ name: a, user: { as: no } }]", /user "a": as must be a string, not a boolean/],
    [
      "has a text as a flag",
      "clusters: [{ name: a, cluster: { insecure-skip-tls-verify: 'yes' } }]",
      /must be true or false/,
    ],
    [
      "has data that are not base64",
      "users: [{ name: a, user: { client-key-data: canary! } }]",
      /client-key-data is not base64/,
    ],
    [
      "has a number in a provider's configuration",
      "users: [{ name: a, user: { auth-provider: { name: oidc, config: { client-id: 1 } } } }]",
      /user "a": auth-provider: config: client-id must be a string/,
    ],
  ])("is refused, without quoting it, when it %s", async (_what, text, message) => {
    const error = await loadTarget({ kubeconfig: write(text) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(message), exitCode: 64 });
    expect(String(error)).not.toMatch(/canary|31337/);
  });
});

describe("an unusable value", () => {
  const pair = (certificate: string, key: string) =>
    `{ client-certificate-data: ${data(certificate)}, client-key-data: ${data(key)} }`;

  it.each<[string, string, { cluster?: string }, RegExp]>([
    [
      "token and password",
      `{ token: canary, username: a, password: canary }`,
      {},
      /user "u".*: token is set beside username/i,
    ],
    ["a password alone", `{ password: canary }`, {}, /password is set without a username/],
    [
      "exec and a provider",
      `{ exec: ${JSON.stringify(EXEC)}, auth-provider: { name: oidc } }`,
      {},
      /auth-provider is set beside exec/,
    ],
    [
      "a provider of old",
      `{ auth-provider: { name: gcp } }`,
      {},
      /auth-provider is "gcp", which kubectl and errand no longer support/,
    ],
    ["a user of two lines", `{ as: "can\\nary" }`, {}, /user "u".*: as has a control character/i],
    ["a group of two lines", `{ as: a, as-groups: ["can\\nary"] }`, {}, /as-groups has a control character/],
    [
      "an extra field of two lines",
      `{ as: a, as-user-extra: { a: ["can\\nary"] } }`,
      {},
      /as-user-extra has a control/,
    ],
    ["a token of two lines", `{ token: "can\\nary" }`, {}, /token: the token has characters/],
    [
      "a token file that is not there",
      `{ tokenFile: gone }`,
      {},
      /tokenFile: the file \/.*\/gone cannot be read \(ENOENT\)/,
    ],
    ["a token file that is a folder", `{ tokenFile: . }`, {}, /tokenFile: the file cannot be read \(EISDIR\)/],
    ["a key alone", `{ client-key: key.pem }`, {}, /client-key is set without client-certificate/],
    ["a certificate alone", `{ client-certificate: key.pem }`, {}, /client-certificate is set without client-key/],
    [
      "a certificate file that is not there",
      `{ client-certificate: gone, client-key: gone }`,
      {},
      /client-certificate: the file .*gone cannot/,
    ],
    [
      "a key file that is a folder",
      `{ client-certificate-data: ${data(SERVER)}, client-key: . }`,
      {},
      /client-key: .*(?:EISDIR)/,
    ],
    [
      "a certificate that is none",
      pair("canary", SERVER),
      {},
      /client-certificate and client-key: the certificate is not in PEM format/,
    ],
    ["a certificate cut short", pair(SERVER.replace("MII", "MI"), SERVER), {}, /the certificate cannot be read/],
    ["a key that is none", pair(SERVER, "canary"), {}, /the key is not in PEM format/],
    [
      "a key cut short",
      pair(SERVER, MISLABELLED.replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\n")),
      {},
      /the key cannot be read/,
    ],
    [
      "a key with a password",
      pair(SERVER, MISLABELLED.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")),
      {},
      /the key is encrypted/,
    ],
    ["another's key", pair(SERVER, NAMED), {}, /certificate and key do not match/],
    [
      "an authority that is none",
      `{}`,
      { cluster: `, certificate-authority-data: ${data("canary")}` },
      /certificate-authority-data: contains no certificate/,
    ],
    [
      "an authority that cannot be read",
      `{}`,
      { cluster: ", certificate-authority: gone" },
      /certificate-authority: the file .*gone cannot be read/,
    ],
    [
      "an authority beside skip-verify",
      `{}`,
      { cluster: `, insecure-skip-tls-verify: true, certificate-authority-data: ${data(CA)}` },
      /insecure-skip-tls-verify is set beside a certificate-authority/,
    ],
    [
      "a proxy without a scheme",
      `{}`,
      { cluster: `, proxy-url: "canary:3128"` },
      /proxy-url is not a URL with a scheme/,
    ],
    ["a proxy of another kind", `{}`, { cluster: `, proxy-url: "socks5://u:canary@p"` }, /proxy-url is a socks5 proxy/],
    ["a proxy that is no URL", `{}`, { cluster: `, proxy-url: "http://a canary"` }, /proxy-url is not a URL/],
    ["a server with a user", `{}`, { cluster: `, server: "https://u:canary@a"` }, /its server contains a user name/],
    ["no server", `{}`, { cluster: "" }, /it has no server/],
  ])(
    "of a user or cluster is named by its field when it is %s, and nothing is sent",
    async (_what, user, { cluster }, message) => {
      const server = cluster?.includes("server:") || cluster === "" ? "" : `, server: "https://127.0.0.1:1"`;
      const text = `{ clusters: [{ name: c, cluster: { tls-server-name: a${server}${cluster ?? ""} } }], contexts: [{ name: c, context: { cluster: c, user: u } }], current-context: c, users: [{ name: u, user: ${user} }] }`;
      const error = await loadTarget({ kubeconfig: write(text) }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ message: expect.stringMatching(message), exitCode: 64, hint: expect.any(String) });
      expect(String(error)).not.toContain("canary");
    },
  );

  it("of the environment's proxy is named by its variable", async () => {
    vi.stubEnv("HTTPS_PROXY", "socks5://proxy.test:1080");
    const path = write(
      `{ clusters: [{ name: c, cluster: { server: a.test } }], contexts: [{ name: c, context: { cluster: c } }], current-context: c }`,
    );
    await expect(loadTarget({ kubeconfig: path })).rejects.toMatchObject({
      message: "HTTPS_PROXY is a socks5 proxy, which errand does not support",
      exitCode: 64,
    });
  });

  it("among several authorities leaves the others in force, including those after it", async () => {
    const broken = CA.replace("MII", "MI");
    await using server = await startServer();
    const path = write(
      `{ clusters: [{ name: c, cluster: { server: "https://127.0.0.1:${server.port}", certificate-authority-data: ${data(`${broken}${CA}`)} } }], contexts: [{ name: c, context: { cluster: c } }], current-context: c }`,
    );
    expect(await heardBy(server, path)).toEqual([]);
  });
});
