import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExecPlugin, readExecSettings } from "../../../deploy/kubeconfig/exec-plugin.ts";
import { Fields } from "../../../deploy/kubeconfig/fields.ts";
import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { CA, SERVER } from "../../runtime/kube/server/certificates.ts";
import { project } from "../../support/project.ts";

const VERSION = "client.authentication.k8s.io/v1";

let folder: string;

beforeEach(() => {
  folder = project();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A plugin that notes each of its runs, and does what a test says. */
function plugin(body: string, more: object = {}): object {
  const note = `const fs = require("node:fs"); const runs = ${JSON.stringify(join(folder, "runs"))}; fs.appendFileSync(runs, "x"); const run = fs.readFileSync(runs).length;
    const give = (status, apiVersion = ${JSON.stringify(VERSION)}) => console.log(JSON.stringify({ apiVersion, kind: "ExecCredential", status }));`;
  return { apiVersion: VERSION, command: process.execPath, args: ["-e", note + body], ...more };
}

const settingsOf = (exec: object) => readExecSettings(new Fields(exec, "exec"));
const runs = () => readFileSync(join(folder, "runs")).length;

function kubeconfig(exec: object, file = "config"): string {
  const path = join(folder, file);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "one", cluster: { server: "https://one.test:6443" } }],
    users: [{ name: "one", user: { exec } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    "current-context": "one",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe("ExecPlugin", () => {
  it("runs once for a hundred callers, and not again while its credential is valid [B4]", async () => {
    const asked = new ExecPlugin(settingsOf(plugin("give({ token: 'token-' + run })")));
    const given = await Promise.all(Array.from({ length: 100 }, () => asked.get()));
    expect(new Set(given.map(({ token }) => token))).toEqual(new Set(["token-1"]));
    expect(await asked.get()).toEqual({ token: "token-1" });
    expect(runs()).toBe(1);
  });

  it("runs again shortly before its credential expires, and when it was refused [B4]", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const expires = "2026-01-01T00:01:00Z";
    const body = `give({ token: "token-" + run, expirationTimestamp: run === 1 ? "${expires}" : "2026-01-02T00:00:00Z" })`;
    const asked = new ExecPlugin(settingsOf(plugin(body)), { now: () => now });
    expect((await asked.get()).token).toBe("token-1");
    now += 49_000;
    expect((await asked.get()).token).toBe("token-1");
    now += 2_000;
    expect((await asked.get()).token).toBe("token-2");
    expect((await asked.get({ refresh: true })).token).toBe("token-3");
  });

  it("gets its arguments unchanged, its environment added to ours, and the request [B4]", async () => {
    vi.stubEnv("OURS", "from outside");
    const body = `give({ token: JSON.stringify([process.argv.slice(1), process.env.OURS, process.env.THEIRS, JSON.parse(process.env.KUBERNETES_EXEC_INFO)]) });`;
    const given = plugin(body) as { args: string[] };
    const settings = settingsOf({
      ...given,
      args: [...given.args, "two words", "$(no shell)"],
      env: [{ name: "THEIRS", value: "a b" }],
      provideClusterInfo: true,
    });
    const { token = "" } = await new ExecPlugin(settings, {
      cluster: { server: "https://one.test" },
      isTerminal: false,
    }).get();
    expect(JSON.parse(token)).toEqual([
      ["two words", "$(no shell)"],
      "from outside",
      "a b",
      {
        kind: "ExecCredential",
        apiVersion: VERSION,
        spec: { interactive: false, cluster: { server: "https://one.test" } },
      },
    ]);
  });

  it("returns certificates as well as a token, in either version [B4]", async () => {
    const apiVersion = "client.authentication.k8s.io/v1beta1";
    const pem = JSON.stringify(SERVER);
    const body = `give({ token: "t", clientCertificateData: ${pem}, clientKeyData: ${pem} }, "${apiVersion}")`;
    expect(await new ExecPlugin(settingsOf(plugin(body, { apiVersion }))).get()).toEqual({
      token: "t",
      certificate: { certificate: SERVER, key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/) },
    });
  });

  it("may answer in YAML", async () => {
    const answer = `apiVersion: ${VERSION}\nkind: ExecCredential\nstatus:\n  token: "in-yaml"\n  expirationTimestamp: 2100-01-01T00:00:00Z\n`;
    const body = `console.log(${JSON.stringify(answer)})`;
    const expiresAt = Date.parse("2100-01-01T00:00:00Z");
    expect(await new ExecPlugin(settingsOf(plugin(body))).get()).toEqual({ token: "in-yaml", expiresAt });
  });

  it("is killed when it takes too long, and refused when it must ask a person and there is none [B4]", async () => {
    const slow = new ExecPlugin(settingsOf(plugin("setInterval(() => {}, 1000)")), { timeoutMs: 50 });
    await expect(slow.get()).rejects.toThrow(/gave no credentials within 1 s/);
    const asking = settingsOf(plugin("", { interactiveMode: "Always" }));
    await expect(new ExecPlugin(asking, { isTerminal: false }).get()).rejects.toThrow("needs a terminal");
  });

  it("says how to install a missing program [B4]", async () => {
    const settings = settingsOf({
      apiVersion: VERSION,
      command: "no-such-plugin",
      installHint: "brew install it\n",
    });
    await expect(new ExecPlugin(settings).get()).rejects.toMatchObject({
      message: "no-such-plugin is not installed",
      hint: "brew install it",
    });
  });

  it("does not run from a relative folder of PATH", async () => {
    writeFileSync(join(folder, "sign-in"), `#!/bin/sh\ntouch ${join(folder, "runs")}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", [relative(process.cwd(), folder), process.env.PATH].join(delimiter));
    const asked = new ExecPlugin(settingsOf({ apiVersion: VERSION, command: "sign-in" }));
    await expect(asked.get()).rejects.toThrow(/^sign-in was found in ".*", a relative folder of PATH$/);
    expect(existsSync(join(folder, "runs"))).toBe(false);
    vi.stubEnv("PATH", [folder, process.env.PATH].join(delimiter));
    await expect(asked.get()).rejects.toThrow("sign-in did not write an ExecCredential");
    expect(existsSync(join(folder, "runs"))).toBe(true);
  });

  it.each([
    ["ends badly", 'console.log("canary"); console.error("log in first"); process.exit(1)', "log in first"],
    ["writes no JSON", 'console.log("canary")', "did not write an ExecCredential"],
    ["writes another version", 'give({ token: "canary" }, "canary")', "whose apiVersion is not"],
    ["writes no credentials", 'give({ canary: "canary" })', "without a token"],
    ["writes a key without a certificate", 'give({ clientKeyData: "canary", clientCertificateData: "" })', "without a"],
    [
      "writes a token and half a pair",
      'give({ token: "canary", clientKeyData: "canary" })',
      "key without a certificate",
    ],
    [
      "writes no PEM",
      'give({ clientKeyData: "canary", clientCertificateData: "canary" })',
      "unusable certificate or key: the cert",
    ],
    ["writes no time", 'give({ token: "canary", expirationTimestamp: "canary" })', "that is not a time"],
    ["writes a token of two lines", 'give({ token: "can\\nary" })', "characters that a header cannot contain"],
    ["writes without end", 'setInterval(() => process.stdout.write("canary".repeat(200_000)), 1)', "wrote more than"],
  ])("keeps its output secret, and says what is wrong, when it %s [B5]", async (_what, body, message) => {
    const error: unknown = await new ExecPlugin(settingsOf(plugin(body))).get().catch((thrown) => thrown);
    expect(String(error)).toContain(message);
    expect(inspect(error, { depth: 9, showHidden: true }).replaceAll(body, "")).not.toContain("canary");
  });
});

describe("what an ExecPlugin writes to stderr", () => {
  it("is passed on, but only its end when it is long [B5]", async () => {
    const body = 'console.error("begin" + "x".repeat(100_000) + "log in first"); process.exitCode = 1';
    const error: unknown = await new ExecPlugin(settingsOf(plugin(body))).get().catch((thrown) => thrown);
    const { message } = error as Error;
    expect(message).toMatch(/^x+log in first$/);
    expect(message.length).toBeGreaterThan(1_900);
    expect(message.length).toBeLessThanOrEqual(2_000);
  });
});

describe("loadTarget", () => {
  it.each<[string, object, RegExp]>([
    ["no command", { command: "" }, /exec has no command/],
    ["no version", { apiVersion: undefined }, /exec is configured for no apiVersion; supported are/],
    [
      "an old version",
      { apiVersion: "client.authentication.k8s.io/v1alpha1" },
      /exec is configured for .*v1alpha1; supported/,
    ],
    ["a variable without a name", { env: [{ value: "canary" }] }, /exec has a variable without a name in env/],
    ["a mode that is not one", { interactiveMode: "Sometimes" }, /interactiveMode "Sometimes"; supported are Never/],
    ["arguments that are no list", { args: "canary" }, /exec: args must be a list of strings, not a string/],
    ["a number as an argument", { args: ["a", 1] }, /exec: args\[1\] must be a string, not a number; put it in quotes/],
  ])("names the field when a plugin has %s", async (_what, wrong, message) => {
    const exec = { apiVersion: VERSION, command: "no-such-plugin", ...wrong };
    const error = await loadTarget({ kubeconfig: kubeconfig(exec) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(message), exitCode: 64 });
    expect(String(error)).not.toContain("canary");
  });

  it("names the user and the plugin's own hint when the plugin is missing [B4]", async () => {
    const exec = { apiVersion: VERSION, command: "no-such-plugin", installHint: "install it from the shelf" };
    await expect(loadTarget({ kubeconfig: kubeconfig(exec) })).rejects.toMatchObject({
      message: 'Could not get credentials for user "one" of the kubeconfig: no-such-plugin is not installed',
      hint: "install it from the shelf",
      exitCode: 77,
    });
  });

  it.each([
    ["holds it", { "certificate-authority-data": Buffer.from(CA).toString("base64") }],
    ["names its file", { "certificate-authority": "ca.pem" }],
  ])("tells a plugin that asks for its cluster the authority when the kubeconfig %s [B4]", async (_how, authority) => {
    writeFileSync(join(folder, "ca.pem"), CA);
    const path = kubeconfig(plugin("give({ token: process.env.KUBERNETES_EXEC_INFO })", { provideClusterInfo: true }));
    const { clusters, ...rest } = JSON.parse(readFileSync(path, "utf8"));
    const extensions = [
      { name: "minikube", extension: { version: "1" } },
      { name: "client.authentication.k8s.io/exec", extension: { audience: "ours" } },
    ];
    Object.assign(clusters[0].cluster, authority, { extensions });
    writeFileSync(path, JSON.stringify({ ...rest, clusters }));
    const { config } = await loadTarget({ kubeconfig: path });
    expect(JSON.parse((await config.token?.get()) ?? "").spec.cluster).toEqual({
      server: "https://one.test:6443",
      "certificate-authority-data": Buffer.from(CA).toString("base64"),
      config: { audience: "ours" },
    });
  });

  it("resolves relative paths of plugins and certificates from their own file [A8]", async () => {
    const script = join(folder, "login");
    const answer = JSON.stringify({ apiVersion: VERSION, kind: "ExecCredential", status: { token: "beside" } });
    writeFileSync(script, `#!/bin/sh\necho '${answer}'\n`);
    chmodSync(script, 0o755);
    writeFileSync(join(folder, "ca.pem"), CA);
    const path = kubeconfig({ apiVersion: VERSION, command: "./login" });
    const { clusters, ...rest } = JSON.parse(readFileSync(path, "utf8"));
    clusters[0].cluster["certificate-authority"] = "ca.pem";
    writeFileSync(path, JSON.stringify({ ...rest, clusters }));
    vi.stubEnv("KUBECONFIG", [join(folder, "missing"), path].join(delimiter));
    const { config } = await loadTarget({});
    expect(await config.token?.get()).toBe("beside");
    expect(config.ca).toBe(CA);
  });
});
