import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { keepTokens } from "../../../deploy/kubeconfig/keep-tokens.ts";
import { project } from "../../support/project.ts";

const NEW = { idToken: "new-id", refreshToken: "new-refresh" };

const KUBECONFIG = `# of the team
apiVersion: v1
kind: Config
current-context: one # the usual one
users:
- name: other
  user:
    auth-provider:
      config:
        id-token: other-id
        refresh-token: old-refresh
      name: oidc
- name: one
  user:
    auth-provider:
      config:
        # see the wiki
        client-id: errand
        id-token: old-id # short
        extra: ${"a long text ".repeat(12).trim()}
        refresh-token: "old-refresh"
        idp-issuer-url: https://issuer.test
      name: oidc
clusters: [{name: one, cluster: {server: 'https://one.test'}}]
`;

let folder: string;
let file: string;

beforeEach(() => {
  folder = project();
  file = join(folder, "config");
  writeFileSync(file, KUBECONFIG, { mode: 0o640 });
  chmodSync(file, 0o640);
});

const unneeded = () => Promise.reject(new Error("nothing is to be waited for"));
const keep = (tokens = NEW, wait: () => Promise<void> = unneeded) =>
  keepTokens(file, "one", tokens, (token) => token === "old-refresh", wait);
const expected = KUBECONFIG.replace("id-token: old-id", "id-token: new-id").replace('"old-refresh"', '"new-refresh"');

describe("keepTokens", () => {
  it("changes the two tokens of one user, and no other byte: comments, order, quotes, mode", async () => {
    expect(await keep()).toBeUndefined();
    // Braces get their spaces, as yaml writes them.
    const normal = expected.replace(
      /clusters: .*/,
      "clusters: [ { name: one, cluster: { server: 'https://one.test' } } ]",
    );
    expect(readFileSync(file, "utf8")).toBe(normal);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["config"]);
  });

  it("keeps a JSON file JSON", async () => {
    const provider = { name: "oidc", config: { "refresh-token": "old-refresh" } };
    const document = (config: object) => ({
      users: [{ name: "one", user: { "auth-provider": { ...provider, config } } }],
    });
    writeFileSync(file, JSON.stringify(document(provider.config), undefined, 2));
    expect(await keep()).toBeUndefined();
    const config = { "refresh-token": "new-refresh", "id-token": "new-id" };
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(document(config));
  });

  it("changes the target of a symbolic link, and keeps the link", async () => {
    mkdirSync(join(folder, "real"));
    const real = join(folder, "real", "config");
    writeFileSync(real, KUBECONFIG);
    rmSync(file);
    symlinkSync(join("real", "config"), file);
    expect(await keep()).toBeUndefined();
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, "utf8")).toContain("new-refresh");
    expect(readdirSync(join(folder, "real"))).toEqual(["config"]);
  });

  it("replaces the file atomically, so that readers see a whole one", async () => {
    const { ino } = statSync(file);
    await keep();
    expect(statSync(file).ino).not.toBe(ino);
  });

  it("waits for another program's lock, and keeps what it changed meanwhile", async () => {
    writeFileSync(`${file}.lock`, "");
    let waits = 0;
    const wait = async () => {
      waits += 1;
      writeFileSync(file, KUBECONFIG.replace("current-context: one", "current-context: two"));
      rmSync(`${file}.lock`);
    };
    expect(await keep(NEW, wait)).toBeUndefined();
    expect(waits).toBe(1);
    expect(readFileSync(file, "utf8")).toContain("current-context: two # the usual one");
    expect(readFileSync(file, "utf8")).toContain("new-refresh");
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it("says that the file is locked, and leaves file and lock alone, when the lock is not released", async () => {
    writeFileSync(`${file}.lock`, "");
    let waited = 0;
    const problem = await keep(NEW, async () => {
      waited += 1;
    });
    expect(problem).toBe(`another program holds its lock ${file}.lock`);
    expect(waited).toBeGreaterThan(1);
    expect(readFileSync(file, "utf8")).toBe(KUBECONFIG);
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  it.each([
    ["is not YAML", "users: [old-refresh", "it is not YAML"],
    ["has lost the user", "users: []", "the user's auth-provider is gone"],
    ["is empty", "", "the user's auth-provider is gone"],
    [
      "is of a later login",
      KUBECONFIG.replace('"old-refresh"', '"later"'),
      "another program has changed the user's refresh-token",
    ],
    [
      "has aliases",
      `${KUBECONFIG}extensions: [&a x, *a]\n`,
      "it has YAML aliases, through which other entries would change too",
    ],
  ])("says why, and changes nothing, when the file %s", async (_what, text, problem) => {
    writeFileSync(file, text);
    expect(await keep()).toBe(problem);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["config"]);
  });

  it("returns the system's code when there is no such file", async () => {
    rmSync(file);
    expect(await keep()).toBe("ENOENT");
    expect(readdirSync(folder)).toEqual([]);
  });
});
