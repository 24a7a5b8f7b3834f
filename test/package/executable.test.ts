import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubeconfigText, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { mustRun, start } from "../support/command.ts";

const root = resolve(import.meta.dirname, "../..");

let folder: string;
let executable: string;
/** What the test of `errand new` has made, and where others find it. */
let project: string;

/** As on a machine that has neither Node nor npm: nothing is found by its name. */
function errand(args: readonly string[], cwd = project, env: Readonly<Record<string, string>> = {}) {
  return ended(executable, args, cwd, { PATH: join(folder, "nothing"), HOME: join(folder, "home"), ...env });
}

function ended(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  return start([command, ...args], { cwd, env: { NO_COLOR: "1", ...env } }).ended;
}

/** What `npm install` of the package and zod leaves in a project; a compiled file outside of any node_modules would be bundled by our own tsconfig.json. */
function install(place: string): void {
  mkdirSync(join(place, "errand"), { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(join(root, name), join(place, "errand", name), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    symlinkSync(join(root, "node_modules", name), join(place, name));
  }
}

/** The folder of the unpacked files below a cache. */
function unpackedIn(cache: string): string {
  const [name = "", ...others] = readdirSync(join(cache, "errand"));
  expect(others).toEqual([]);
  return join(cache, "errand", name);
}

/** The files below a folder with their sizes and the times of their last change. */
function listing(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" }).map((path) => {
    const { size, mtimeMs } = statSync(join(place, path));
    return `${path} ${size} ${mtimeMs}`;
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "errand-executable-test-"));
  executable = join(folder, "errand");
  project = join(folder, "project");
  for (const path of ["nothing", "home", "project"]) mkdirSync(join(folder, path));
  await mustRun([process.execPath, join(root, "deploy/executable/build.ts"), folder]);
  const created = await errand(["new", "pod-cleanup", "--template", "cleanup"]);
  expect(created).toMatchObject({ code: 0 });
  expect(created.stderr).not.toMatch(/npm|npx|node/);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the executable", () => {
  it("prints its version without unpacking anything", async () => {
    const home = join(folder, "untouched");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await errand(["--version"], project, { HOME: home })).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
    expect(existsSync(home)).toBe(false);
  });

  it("includes the licenses of its parts", () => {
    const licenses = readFileSync(
      join(unpackedIn(join(folder, "home/.cache")), "node_modules/errand/licenses.txt"),
      "utf8",
    );
    const named = ["errand", "Node.js", "commander", "esbuild", "@esbuild/", "hono", "yaml", "zod"];
    expect(named.filter((name) => !licenses.includes(`\n${name}`) && !licenses.startsWith(name))).toEqual([]);
  });

  it("reports a wrong flag in two lines", async () => {
    const { code, stdout, stderr } = await errand(["render", "jobs/pod-cleanup.ts", "--nope"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual(["error: unknown option '--nope'", "See errand render --help."]);
  });

  it("checks a job with errand and zod without installed packages", async () => {
    const { code, stdout, stderr } = await errand(["check", "jobs/pod-cleanup.ts"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/every 15 minutes/i);
    expect(stdout).toMatch(/not checked: the project has no typescript/);
  });

  it("refuses imports of packages that are not installed, or that are its own", async () => {
    for (const name of ["left-pad", "hono"]) {
      writeFileSync(join(project, "jobs/other.ts"), `import "${name}";\n`);
      const { code, stderr } = await errand(["check", "jobs/other.ts"]);
      expect(code).toBe(64);
      expect(stderr).toMatch(new RegExp(`Could not resolve "${name}"`));
    }
  });

  it("renders byte for byte like the package with the same job and versions", async () => {
    const installed = join(folder, "installed");
    cpSync(join(project, "jobs"), join(installed, "jobs"), { recursive: true });
    install(join(installed, "node_modules"));
    const words = ["render", "jobs/pod-cleanup.ts", "-n", "ops"];
    const [ours, theirs] = await Promise.all([
      errand(words),
      ended(process.execPath, ["node_modules/errand/dist/deploy/bin.js", ...words], installed, {}),
    ]);
    expect(ours.code).toBe(0);
    expect(ours.stdout).toMatch(/name: errand-pod-cleanup-[0-9a-f]{10}\n/);
    expect(ours.stdout === theirs.stdout).toBe(true);
  });

  it("runs a job on the embedded cluster, with its pod's permissions, without another Node", async () => {
    // A path with a space has to get through Node's own flags.
    const temporary = join(folder, "a folder");
    mkdirSync(temporary);
    writeFileSync(
      join(project, "jobs/look-around.ts"),
      `import { writeFileSync } from "node:fs";
import { defineJob } from "errand";
export default defineJob({
  access: { pods: ["list"] },
  run: async ({ kube }) => {
    let refusal;
    try { writeFileSync("refused", ""); } catch (error) { refusal = (error as { code: string }).code; }
    return { refusal, pods: (await kube.pods.list().toArray()).length, flags: process.execArgv.map((flag) => flag.split("=")[0]) };
  },
});
`,
    );
    const words = ["run", "--embedded", "jobs/look-around.ts", "-o", "json"];
    const { code, stdout } = await errand(words, project, { TMPDIR: temporary });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "succeeded",
      result: {
        refusal: "ERR_ACCESS_DENIED",
        pods: expect.any(Number),
        flags: expect.arrayContaining(["--permission", "--max-old-space-size"]),
      },
    });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("keeps Node's own messages out of a run's log, although Node's flags differ", async () => {
    const { code, stderr } = await errand(["run", "--embedded", "jobs/pod-cleanup.ts", "--dry-run"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/run begins/);
    expect(stderr).not.toMatch(/\(node:\d+\)|warning/i);
  });

  it("uses the project's own packages", async () => {
    const own = join(folder, "own");
    cpSync(join(project, "jobs"), join(own, "jobs"), { recursive: true });
    mkdirSync(join(own, "node_modules/zod"), { recursive: true });
    writeFileSync(join(own, "node_modules/zod/index.js"), 'throw new Error("this is the project\'s zod");\n');
    expect((await errand(["check", "jobs/pod-cleanup.ts"], own)).stderr).toMatch(/this is the project's zod/);
  });

  it("uses the project's own TypeScript to check types", async () => {
    const typed = join(folder, "typed");
    mkdirSync(join(typed, "node_modules"), { recursive: true });
    symlinkSync(join(root, "node_modules/typescript"), join(typed, "node_modules/typescript"));
    symlinkSync(root, join(typed, "node_modules/errand"));
    const options = { strict: true, noEmit: true, module: "nodenext", target: "es2024", types: [], skipLibCheck: true };
    writeFileSync(join(typed, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["wrong.ts"] }));
    writeFileSync(
      join(typed, "wrong.ts"),
      'import { defineJob } from "errand";\nexport default defineJob({ access: {}, run: ({ kube }) => kube.pods.list() });\n',
    );
    const { code, stdout, stderr } = await errand(["check", "wrong.ts"], typed);
    expect(stderr).toMatch(/wrong\.ts\(2,\d+\): error TS2339: Property 'pods'/);
    expect(stdout).toMatch(/types +1 error \(TypeScript/);
    expect(code).toBe(64);
  });

  it("deploys and reads back with a kubeconfig that gets its token from a program", async () => {
    await using cluster = await startEmbeddedCluster();
    const config = JSON.parse(
      kubeconfigText({ url: cluster.url, ca: cluster.ca, token: "", namespace: "default" }),
    ) as { users: { user: object }[] };
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" };
    const said = JSON.stringify({ ...credential, status: { token: cluster.adminToken } });
    const exec = {
      apiVersion: credential.apiVersion,
      command: "/bin/sh",
      args: ["-c", `echo '${said}'`],
      interactiveMode: "Never",
    };
    for (const entry of config.users) entry.user = { exec };
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, JSON.stringify(config));
    const deployed = await errand(["deploy", "jobs/pod-cleanup.ts", "--kubeconfig", kubeconfig]);
    expect(deployed).toMatchObject({ code: 0 });
    const { code, stdout } = await errand(["ps", "--kubeconfig", kubeconfig, "-o", "json"]);
    expect({ code, jobs: JSON.parse(stdout) }).toMatchObject({ code: 0, jobs: [{ job: "pod-cleanup" }] });
  });
});

describe("the executable's cache", () => {
  const render = (cache: string) => errand(["render", "jobs/pod-cleanup.ts"], project, { XDG_CACHE_HOME: cache });

  it("is complete after two concurrent first starts", async () => {
    const cache = join(folder, "cache-of-two");
    const [one, other] = await Promise.all([render(cache), render(cache)]);
    expect([one, other].map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: "" },
      { code: 0, stderr: "" },
    ]);
    expect(one.stdout === other.stdout).toBe(true);
    expect((statSync(unpackedIn(cache)).mode & 0o777).toString(8)).toBe("700");
  });

  it("is repaired before use if it was altered", async () => {
    const cache = join(folder, "cache-altered");
    const before = await render(cache);
    const unpacked = unpackedIn(cache);
    const errands = join(unpacked, "node_modules/errand");
    const [program = ""] = readdirSync(join(errands, "node_modules/@esbuild"));
    truncateSync(join(errands, "node_modules/@esbuild", program, "bin/esbuild"), 1_000);
    appendFileSync(join(errands, "dist/runtime/main.js"), "\nthrow new Error('altered');\n");
    rmSync(join(unpacked, "node_modules/zod/index.js"));
    const added = join(errands, "node_modules/yaml/node_modules/surplus/index.js");
    mkdirSync(dirname(added), { recursive: true });
    writeFileSync(added, "");
    const after = await render(cache);
    expect({ code: after.code, stderr: after.stderr }).toEqual({ code: 0, stderr: "" });
    expect(after.stdout === before.stdout).toBe(true);
    expect(existsSync(added)).toBe(false);
    const mended = listing(unpacked);
    // Needs the templates, and bundles nothing.
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere);
    expect(await errand(["new", "report"], elsewhere, { XDG_CACHE_HOME: cache })).toMatchObject({ code: 0 });
    expect(listing(unpacked)).toEqual(mended);
  });

  it("reports in two lines that it is not writable, and how to move it", async () => {
    const cache = join(folder, "no-folder");
    writeFileSync(cache, "");
    const { code, stdout, stderr } = await render(cache);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^error: errand cannot unpack its bundler into .*no-folder/),
      "Set XDG_CACHE_HOME to a folder that you may write to.",
    ]);
  });
});
