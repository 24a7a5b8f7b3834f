import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { CA, NAMED, OTHER_CA, SERVER } from "../../runtime/kube/server/certificates.ts";
import { project } from "../../support/project.ts";

let folder: string;

beforeEach(() => {
  folder = project();
  vi.stubEnv("KUBECONFIG", "");
  vi.stubEnv("HOME", folder);
  vi.stubEnv("KUBERNETES_SERVICE_HOST", "");
  for (const name of ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"])
    vi.stubEnv(name, "");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Parts {
  readonly name: string;
  readonly user?: object;
  readonly cluster?: object;
  readonly namespace?: string;
  readonly current?: string;
}

function writeConfig(
  file: string,
  { name, user = { token: "secret" }, cluster = {}, namespace, current = name }: Parts,
): string {
  const path = join(folder, file);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${name}.test:6443`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    ...(current === "" ? {} : { "current-context": current }),
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe("loadTarget", () => {
  it("impersonates the user and groups that the kubeconfig names", async () => {
    const user = { token: "secret", as: "eve", "as-groups": ["team-a", "team-b"] };
    const { config } = await loadTarget({ kubeconfig: writeConfig("config", { name: "one", user }) });
    expect(config.impersonate).toEqual({ user: "eve", groups: ["team-a", "team-b"] });
    const more = { ...user, "as-uid": "1", "as-user-extra": { a: ["b"] } };
    const { config: whole } = await loadTarget({ kubeconfig: writeConfig("config", { name: "one", user: more }) });
    expect(whole.impersonate).toEqual({ user: "eve", uid: "1", groups: ["team-a", "team-b"], extra: { a: ["b"] } });
  });

  it.each([
    ["groups without a user", { "as-groups": ["team-a"] }, /as-groups is set without as/],
    ["groups that are no list", { as: "eve", "as-groups": "team-a" }, /as-groups must be a list of strings/],
    ["a uid without a user", { "as-uid": "1" }, /as-uid is set without as/],
    ["extra fields without a user", { "as-user-extra": { a: ["b"] } }, /as-user-extra is set without as/],
    ["a number as a uid", { as: "eve", "as-uid": 1 }, /as-uid must be a string, not a number; put it in quotes/],
    [
      "extra fields that are no lists",
      { as: "eve", "as-user-extra": { a: "b" } },
      /as-user-extra: a must be a list of strings/,
    ],
  ])("refuses to impersonate when the kubeconfig names %s", async (_case, user, message) => {
    const kubeconfig = writeConfig("config", { name: "one", user: { token: "secret", ...user } });
    await expect(loadTarget({ kubeconfig })).rejects.toThrow(message);
  });

  it("uses the context's namespace, unless -n names another", async () => {
    const kubeconfig = writeConfig("config", { name: "one", namespace: "shop" });
    expect((await loadTarget({ kubeconfig })).config).toMatchObject({
      server: "https://one.test:6443",
      namespace: "shop",
    });
    expect((await loadTarget({ kubeconfig, namespace: "ops" })).config.namespace).toBe("ops");
  });

  it.each([
    ["10.0.0.1:6443", "https://10.0.0.1:6443"],
    ["api.test", "https://api.test"],
    ["http://127.0.0.1:8001/k8s", "http://127.0.0.1:8001/k8s"],
  ])("takes %s for %s", async (server, url) => {
    const { config } = await loadTarget({ kubeconfig: writeConfig("config", { name: "one", cluster: { server } }) });
    expect(config.server).toBe(url);
    expect(config).not.toHaveProperty("insecureSkipTlsVerify");
  });

  it.each(["ftp://10.0.0.1", "https://a b"])("names the cluster whose server %s is no URL", async (server) => {
    const kubeconfig = writeConfig("config", { name: "one", cluster: { server } });
    await expect(loadTarget({ kubeconfig })).rejects.toMatchObject({
      message: `Cluster "one" of the kubeconfig has the server "${server}", which is not a valid URL`,
      hint: expect.stringContaining("https://10.0.0.1:6443"),
    });
  });

  it("uses namespace default when the context names none", async () => {
    expect((await loadTarget({ kubeconfig: writeConfig("config", { name: "one" }) })).config.namespace).toBe("default");
  });

  it("lets the first file of KUBECONFIG win, and skips missing ones, as kubectl does [A8]", async () => {
    const files = [
      join(folder, "missing"),
      writeConfig("a", { name: "one", current: "" }),
      writeConfig("b", { name: "one", cluster: { server: "https://other.test" }, current: "two" }),
      writeConfig("c", { name: "two" }),
    ];
    vi.stubEnv("KUBECONFIG", files.join(delimiter));
    expect((await loadTarget({})).context).toBe("two");
    expect((await loadTarget({ context: "one" })).config.server).toBe("https://one.test:6443");
  });

  it("returns the user's token and certificates for the transport [A10]", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const kubeconfig = writeConfig("config", {
      name: "one",
      user: { token: "secret", "client-certificate-data": base64(SERVER), "client-key-data": base64(SERVER) },
      cluster: {
        "certificate-authority-data": base64(CA),
        "tls-server-name": "kubernetes",
        "proxy-url": "http://proxy:1",
      },
    });
    const { config } = await loadTarget({ kubeconfig });
    expect(config).toMatchObject({
      ca: CA,
      clientCertificate: SERVER,
      clientKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
      tlsServerName: "kubernetes",
      proxyUrl: "http://proxy:1",
    });
    expect(await config.token?.get()).toBe("secret");
  });

  it("prefers data to files, as kubectl does [A9]", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    writeFileSync(join(folder, "ca"), OTHER_CA);
    for (const name of ["cert", "key"]) writeFileSync(join(folder, name), NAMED);
    const files = {
      user: { "client-certificate": "cert", "client-key": "key" },
      cluster: { "certificate-authority": "ca" },
    };
    const both = {
      user: { ...files.user, "client-certificate-data": base64(SERVER), "client-key-data": base64(SERVER) },
      cluster: { ...files.cluster, "certificate-authority-data": base64(CA) },
    };
    const { config } = await loadTarget({ kubeconfig: writeConfig("both", { name: "one", ...both }) });
    expect(config).toMatchObject({ ca: CA, clientCertificate: SERVER });
    expect(config).not.toHaveProperty("certificateSource");
    const { config: fromFiles } = await loadTarget({ kubeconfig: writeConfig("files", { name: "one", ...files }) });
    expect(fromFiles).toMatchObject({ ca: OTHER_CA, clientCertificate: NAMED });
    expect(await fromFiles.certificateSource?.get()).toMatchObject({ certificate: NAMED, key: fromFiles.clientKey });
  });

  it("reads the current token from the file that the user names [B6]", async () => {
    writeFileSync(join(folder, "token"), "from-file\n");
    const kubeconfig = writeConfig("config", { name: "one", user: { tokenFile: "token" } });
    const { config } = await loadTarget({ kubeconfig });
    expect(await config.token?.get()).toBe("from-file");
    writeFileSync(join(folder, "token"), "renewed\n");
    expect(await config.token?.get({ refresh: true })).toBe("renewed");
  });

  it("prefers the file to a token beside it, which is used while there is no file [B6]", async () => {
    const kubeconfig = writeConfig("config", { name: "one", user: { token: "beside", tokenFile: "token" } });
    expect(await (await loadTarget({ kubeconfig })).config.token?.get()).toBe("beside");
    writeFileSync(join(folder, "token"), "from-file\n");
    expect(await (await loadTarget({ kubeconfig })).config.token?.get()).toBe("from-file");
  });

  it("uses the kubeconfig's proxy even if the environment names another [C3]", async () => {
    vi.stubEnv("HTTPS_PROXY", "http://proxy.test:3128");
    const kubeconfig = writeConfig("config", { name: "one", cluster: { "proxy-url": "http://own.test:1" } });
    expect((await loadTarget({ kubeconfig })).config.proxyUrl).toBe("http://own.test:1");
  });

  it("uses the environment's proxy when the kubeconfig names none [C3]", async () => {
    vi.stubEnv("HTTPS_PROXY", "http://proxy.test:3128");
    vi.stubEnv("NO_PROXY", "two.test");
    const files = [writeConfig("one", { name: "one" }), writeConfig("two", { name: "two" })];
    expect((await loadTarget({ kubeconfig: files[0] })).config.proxyUrl).toBe("http://proxy.test:3128");
    expect((await loadTarget({ kubeconfig: files[1] })).config.proxyUrl).toBeUndefined();
  });

  it("asks without credentials when the context's user is missing [A8]", async () => {
    const path = writeConfig("config", { name: "one" });
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), users: [] }));
    const { config } = await loadTarget({ kubeconfig: path });
    expect(config).toMatchObject({ server: "https://one.test:6443" });
    expect(config).not.toHaveProperty("token");
  });

  it("asks an exec plugin, and asks it again only when the token was refused [B4]", async () => {
    const calls = join(folder, "calls");
    const plugin = `
      const { appendFileSync, readFileSync } = require("node:fs");
      appendFileSync(${JSON.stringify(calls)}, "x");
      const token = "token-" + readFileSync(${JSON.stringify(calls)}, "utf8").length;
      console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }));`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", plugin] };
    const { config } = await loadTarget({ kubeconfig: writeConfig("config", { name: "one", user: { exec } }) });
    expect(await config.token?.get()).toBe("token-1");
    expect(await config.token?.get()).toBe("token-1");
    expect(await config.token?.get({ refresh: true })).toBe("token-2");
  });

  it("repeats what a failing exec plugin said", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", "console.error('log in first'); process.exit(1)"],
    };
    const kubeconfig = writeConfig("config", { name: "one", user: { exec } });
    await expect(loadTarget({ kubeconfig })).rejects.toThrow(
      'Could not get credentials for user "one" of the kubeconfig: log in first',
    );
  });

  it("names the existing contexts when the wanted one is missing [A8]", async () => {
    const kubeconfig = writeConfig("config", { name: "one" });
    await expect(loadTarget({ kubeconfig, context: "two" })).rejects.toMatchObject({
      message: 'There is no context "two" in the kubeconfig',
      hint: "It has: one. Choose one with --context.",
      exitCode: 69,
    });
  });

  it("says that a file is not a kubeconfig", async () => {
    const path = join(folder, "config");
    writeFileSync(path, "{ nope");
    await expect(loadTarget({ kubeconfig: path })).rejects.toThrow(`${path} is not a kubeconfig`);
  });

  it("says in one line, without quoting it, that a file is not YAML", async () => {
    const path = join(folder, "config");
    writeFileSync(path, "users:\n  - user: { token: hidden }\n: : {\n");
    await expect(loadTarget({ kubeconfig: path })).rejects.toThrow(/is not a kubeconfig: [^\n]+$/);
    await expect(loadTarget({ kubeconfig: path })).rejects.not.toThrow(/hidden/);
  });
});
