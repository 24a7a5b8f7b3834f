import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, mustRun, start } from "../support/command.ts";

const root = resolve(import.meta.dirname, "../..");

const JOB = `import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Counts pods",
  schedule: "*/5 * * * *",
  params: z.object({ phase: z.string().default("Running") }),
  access: { pods: ["list"] },
  async run({ kube, params }) {
    const pods = await kube.pods.list({ fieldSelector: \`status.phase=\${params.phase}\` }).toArray();
    return { pods: pods.length, newest: pods[0]?.metadata.uid ?? null };
  },
});
`;

let folder: string;
let archivePath: string;
let packedFiles: string[];

function inFolder(command: string, ...args: string[]): Promise<CommandResult> {
  // Node's test runner would take itself for a part of the runner that started it.
  const { NODE_TEST_CONTEXT: _context, ...own } = process.env;
  const env = { ...own, NO_COLOR: "1", KUBECONFIG: join(folder, "no-such-kubeconfig") };
  return start([command, ...args], { cwd: folder, env }).ended;
}

const errand = (...args: string[]) => inFolder(process.execPath, "node_modules/errand/dist/deploy/bin.js", ...args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-package-"));
  // It was built just before, and other tests use what that made.
  const flags = ["--json", "--ignore-scripts", "--pack-destination", folder];
  const packed = await mustRun(["npm", "pack", ...flags], { cwd: root });
  const [archive] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  archivePath = join(folder, archive.filename);
  packedFiles = archive.files.map((file) => file.path);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fresh", private: true, type: "module" }));
  await mustRun(["npm", "install", "--no-audit", "--no-fund", `./${archive.filename}`, "zod@4"], { cwd: folder });
  for (const version of ["20", "24"]) {
    const place = join(folder, `node-${version}`);
    await mkdir(place);
    await writeFile(join(place, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
    await mustRun(["npm", "install", "--no-audit", "--no-fund", `node@${version}`], { cwd: place });
  }
  await mkdir(join(folder, "jobs"));
  await writeFile(join(folder, "jobs/count-pods.ts"), JOB);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  it("contains exactly the compiled sources and the documents", () => {
    const surprising = packedFiles.filter(
      (file) =>
        !/^(dist\/(runtime|deploy)\/.+\.(js|d\.ts)|dist\/runtime\/status\/(app\.br64|openapi\.json)|jobs\/[a-z-]+\.(ts)|(jobs|deploy|runtime|runtime\/run|test)\/README\.md|deploy\/dashboard\/jobs\.png|[A-Z]+(\.md)?|runtime\/embedded\/npm-start\.svg|package\.json|runtime\/run\/report\/report\.schema\.json|deploy\/Dockerfile|deploy\/gitops\/[\w.-]+|deploy\/kubeconfig\/README\.md|deploy\/hub\/(README\.md|alert-rules\.yaml|grafana-dashboard\.json|alerts\/(README\.md|message\.schema\.json))|deploy\/new\/templates\/[a-z-]+(\.test)?\.ts)$/.test(
          file,
        ),
    );
    expect(surprising).toEqual([]);
    expect(packedFiles.filter((file) => file.includes("executable"))).toEqual([]);
    expect(packedFiles).toContain("dist/runtime/index.js");
    expect(packedFiles).toContain("dist/runtime/status/app.br64");
    expect(packedFiles).toContain("LICENSE");
  });

  it("contains everything that its pages link to", () => {
    const pages = ["README.md", "deploy/README.md", "deploy/gitops/README.md", "runtime/README.md", "jobs/README.md"];
    const links = pages.flatMap((page) => {
      const found = readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)|src="([^"]+)"/g);
      return [...found].map(([, link, image]) => posix.join(posix.dirname(page), link ?? image ?? ""));
    });
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !packedFiles.includes(link))).toEqual([]);
  });

  it("installs at most 20 packages and 30 MB, in addition to zod", () => {
    const place = join(folder, "node_modules");
    const { packages } = JSON.parse(readFileSync(join(place, ".package-lock.json"), "utf8")) as { packages: object };
    const brought = Object.keys(packages).filter((path) => !/^node_modules\/(errand|zod)$/.test(path));
    const paths = brought.flatMap((path) => [
      path,
      ...readdirSync(join(folder, path), { recursive: true, encoding: "utf8" }).map((file) => join(path, file)),
    ]);
    // esbuild links its program into its own folder: a file of two names takes its room once.
    const sizes = new Map(paths.map((path) => statSync(join(folder, path))).map(({ ino, size }) => [ino, size]));
    const bytes = sizes.values().reduce((sum, size) => sum + size, 0);
    console.log(`installed besides zod: ${brought.length} packages, ${(bytes / 1e6).toFixed(1)} MB`);
    expect(brought.length).toBeGreaterThan(10);
    expect(brought.length).toBeLessThanOrEqual(20);
    expect(bytes).toBeLessThanOrEqual(30_000_000);
  });

  it("exports these names", async () => {
    const { stdout } = await inFolder(
      process.execPath,
      "-e",
      'import("errand").then((m) => console.log(Object.keys(m).sort().join()))',
    );
    expect(stdout.trim()).toMatchSnapshot();
  });

  it.each([
    ["publint", ["--strict"]],
    // There is no CommonJS of it: Node 24 and newer can require an ES module.
    ["attw", ["--profile", "esm-only"]],
  ])("has correct entries and types according to %s", async (linter, flags) => {
    const { code, stdout, stderr } = await inFolder(join(root, "node_modules/.bin", linter), archivePath, ...flags);
    expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
  });

  it("reads errand.config.ts with correct types", async () => {
    const config = `import { defineConfig } from "errand/config";
export default defineConfig({ labels: { team: "shop" }, environments: { test: { namespace: "shop-test" } } });`;
    await writeFile(join(folder, "errand.config.ts"), config);
    const { code, stdout } = await errand("check", "jobs/count-pods.ts", "--env", "test", "--show-config");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^namespace +"shop-test" +errand\.config\.ts, environment test$/m);
    const options = { strict: true, noEmit: true, target: "es2023", module: "nodenext", types: [] };
    const tsconfig = { compilerOptions: options, files: ["errand.config.ts"] };
    await writeFile(join(folder, "tsconfig.config.json"), JSON.stringify(tsconfig));
    const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.config.json"];
    expect(await inFolder(process.execPath, ...tsc)).toMatchObject({ code: 0, stdout: "" });
    await rm(join(folder, "errand.config.ts"));
  });

  it.each(["nodenext", "node16", "bundler"])(
    "provides the client and the embedded cluster with moduleResolution %s",
    async (moduleResolution) => {
      const program = `import { connect, parseYaml } from "errand/kube";
import { runJob, startEmbeddedCluster, type Report } from "errand/testing";
import { defineJob } from "errand";
await using cluster = await startEmbeddedCluster();
cluster.applyObjects([{ apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "shop" } }]);
const config = { server: cluster.url, ca: cluster.ca, token: { get: async () => cluster.adminToken }, namespace: "shop" };
await using client = await connect(config);
const names: string[] = [];
for await (const pod of client.kube.pods.list()) names.push(pod.metadata.name);
const job = defineJob({ access: { pods: ["list"] }, run: async ({ kube }) => (await kube.pods.list().toArray()).length });
const report: Report = await runJob(job, cluster, { namespace: "shop" });
const [object] = await parseYaml("apiVersion: v1\\nkind: ConfigMap");
declare const console: { log(text: string): void };
console.log(JSON.stringify([names, report.outcome, report.result, object?.kind]));
`;
      const file = `program-${moduleResolution}.ts`;
      await writeFile(join(folder, file), program);
      const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
      const lib = ["es2023", "esnext.disposable"];
      const options = { strict: true, noEmit: true, target: "es2022", lib, module, moduleResolution, types: [] };
      const tsconfig = `tsconfig.program-${moduleResolution}.json`;
      await writeFile(join(folder, tsconfig), JSON.stringify({ compilerOptions: options, files: [file] }));
      const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-p", tsconfig];
      expect(await inFolder(process.execPath, ...tsc)).toMatchObject({ code: 0, stdout: "" });
      const { code, stdout, stderr } = await inFolder(process.execPath, file);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toEqual([["a"], "succeeded", 1, "ConfigMap"]);
    },
  );

  it("checks a job file in an otherwise empty folder", async () => {
    const { code, stdout, stderr } = await errand("check", "jobs/count-pods.ts");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/every 5 minutes/i);
  });

  it("creates a job with errand new that passes its own tests and runs on the embedded cluster", async () => {
    const created = await errand("new", "pod-report", "--template", "report");
    expect({ code: created.code, stderr: created.stderr }).toMatchObject({ code: 0 });
    const tested = await inFolder(process.execPath, "--test", "--test-reporter=tap", "jobs/pod-report.test.ts");
    expect(tested.stdout).toMatch(/^# pass [1-9]/m);
    expect(tested.code).toBe(0);
    const { code, stdout } = await errand("run", "--embedded", "jobs/pod-report.ts", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "succeeded", job: "pod-report" });
  });

  it("renders manifests without a cluster in an otherwise empty folder", async () => {
    const { code, stdout } = await errand("render", "jobs/count-pods.ts", "-n", "team-a");
    expect(code).toBe(0);
    expect(stdout).toMatch(/kind: CronJob/);
    expect(stdout).toMatch(/kind: Role\n/);
  });

  it("runs a job on the embedded cluster by default", async () => {
    const { code, stdout, stderr } = await errand("run", "--embedded", "jobs/count-pods.ts", "-o", "json");
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout) as { outcome: string; result: { pods: number } };
    expect(report.outcome).toBe("succeeded");
    expect(report.result.pods).toBeGreaterThan(0);
  });

  it("runs a job on the embedded cluster with Node 24", async () => {
    const node = join(folder, "node-24/node_modules/.bin/node");
    const { code, stdout } = await inFolder(
      node,
      "node_modules/errand/dist/deploy/bin.js",
      "run",
      "--embedded",
      "jobs/count-pods.ts",
      "-o",
      "json",
    );
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { outcome: string }).outcome).toBe("succeeded");
  });

  it("names the required Node version, without a stack trace, on Node 20", async () => {
    const node = join(folder, "node-20/node_modules/.bin/node");
    const { code, stdout, stderr } = await inFolder(node, "node_modules/errand/dist/deploy/bin.js", "--version");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(stderr).toMatch(/Node\.js 24/);
    expect(stderr).toMatch(/20\./);
  });

  it.each(["nodenext", "node16", "bundler"])(
    "has correct types of a job file with moduleResolution %s",
    async (moduleResolution) => {
      const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
      const options = {
        strict: true,
        noEmit: true,
        target: "es2023",
        module,
        moduleResolution,
        types: [],
        exactOptionalPropertyTypes: true,
      };
      await writeFile(
        join(folder, `tsconfig.${moduleResolution}.json`),
        JSON.stringify({ compilerOptions: options, include: ["jobs"], exclude: ["jobs/*.test.ts"] }),
      );
      const { code, stdout } = await inFolder(
        process.execPath,
        join(root, "node_modules/typescript/bin/tsc"),
        "-p",
        `tsconfig.${moduleResolution}.json`,
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    },
  );

  it("refuses an undeclared call in a job file by its types", async () => {
    const undeclared = JOB.replace("return {", 'await kube.pods.delete("web-0");\n    return {');
    await writeFile(join(folder, "undeclared.ts"), undeclared);
    const options = { strict: true, noEmit: true, target: "es2023", module: "nodenext", types: [] };
    await writeFile(
      join(folder, "tsconfig.undeclared.json"),
      JSON.stringify({ compilerOptions: options, files: ["undeclared.ts"] }),
    );
    const { code, stdout } = await inFolder(
      process.execPath,
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      "tsconfig.undeclared.json",
    );
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/Property 'delete' does not exist/);
  });
});
