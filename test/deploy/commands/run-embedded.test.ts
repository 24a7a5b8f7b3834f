import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { errand, startErrand } from "../../support/errand.ts";
import { jobText, project, writeFiles } from "../../support/project.ts";

const ROOT = join(import.meta.dirname, "../../..");
const GONE = [
  "debug-shell",
  "import-customers",
  "log-collector-t7n4c",
  "migrate-orders",
  "reindex-search",
  "shop-7d4b9-k2m8d",
];
const KEPT = [
  "audit-2026-q3",
  "crash-dump",
  "import-prices",
  "load-test",
  "log-collector-w5x2f",
  "nightly-report-1-gx5kd",
  "nightly-report-2-m8tqw",
  "queue-5f6c8-r4w7z",
  "queue-5f6c8-zz9lb",
  "shop-7d4b9-2xkqp",
  "shop-7d4b9-8cvtn",
];

const SEED = `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: { name: web-1, namespace: shop, uid: 5d6f, resourceVersion: "7" }
  status: { phase: Running }
---
apiVersion: v1
kind: Pod
metadata: { name: web-2, namespace: shop }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions: [{ name: v1, served: true, storage: true }]
`;
const WIDGET = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } };

/** The folder for temporary files is its own, so that what is left in it shows. */
function optionsOf(temporary: string) {
  return { cwd: ROOT, env: { TMPDIR: temporary, HOME: temporary, NO_COLOR: "1" } };
}

/** The pod is a process of its own; the command is here. */
async function run(...words: readonly string[]) {
  const temporary = project();
  const ended = await errand(["run", "--embedded", ...words], optionsOf(temporary));
  return { ...ended, left: readdirSync(temporary) };
}

/** A job file that is gone with the test. */
const jobFile = (fields: string) => join(project({ "try.ts": jobText(fields) }), "try.ts");

/** The names in the first column of the tables of a text, each table for itself. */
function tables(text: string): string[][] {
  return text
    .split(/^POD\s.*\n/m)
    .slice(1)
    .map((rest) => (rest.split("\n\n")[0] ?? "").split("\n").flatMap((line) => line.match(/^[a-z]\S+/)?.[0] ?? []));
}

// Each bundles a job and starts its pod as a process: seconds on a machine that is busy.
describe("errand run --embedded", () => {
  it("shows the pods, deletes exactly the right ones, and shows what remains", async () => {
    const temporary = project();
    const started = startErrand(["run", "--embedded", "jobs/pod-cleanup.ts"], optionsOf(temporary));
    const { code, stdout, stderr } = await started.ended;
    expect(code, stderr).toBe(0);
    const [before, after] = tables(stderr);
    expect(before).toEqual([...GONE, ...KEPT].sort());
    expect(after).toEqual(KEPT);
    expect(stderr).toContain("deleted migrate-orders");
    expect(stdout).toMatch(/pod-cleanup-\w+: succeeded/);
    expect(stdout).toContain("delete 6 pods");
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("deletes nothing and lists what it would have deleted in a dry run", async () => {
    const { code, stderr } = await run("jobs/pod-cleanup.ts", "--dry-run");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("Dry run: nothing changed, all 17 pods remain. It would have deleted 6");
    expect(tables(stderr)[1]).toEqual(GONE);
  });

  it("prints only the report on stdout with -o json", async () => {
    const { code, stdout } = await run("jobs/pod-cleanup.ts", "-o", "json", "--param", "remove=evicted", "-n", "mine");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Report",
      job: "pod-cleanup",
      namespace: "mine",
      outcome: "succeeded",
      mutations: { delete: { pods: 3 } },
      result: { deleted: 3, removed: { evicted: 3, failed: 0, succeeded: 0 } },
    });
  });

  it("ends as limited, with nothing changed, when the run would delete too much", async () => {
    const file = jobFile(`
      access: { pods: ["list", "delete"] },
      limits: { delete: 2 },
      async run({ kube }) {
        for await (const pod of kube.pods.list({ fieldSelector: "status.phase=Succeeded" })) await kube.pods.delete(pod);
      },
    `);
    const { code, stdout, stderr } = await run(file);
    expect(code, stderr).toBe(73);
    expect(stdout).toContain("limited");
    expect(stderr).toContain("17 of 17 pods remain.");
  });

  it("ends as denied, without a request, when the job does what it did not declare", async () => {
    const file = jobFile(`
      access: { pods: ["list"] },
      async run({ kube }) {
        await (kube.pods as unknown as { delete(name: string): Promise<unknown> }).delete("debug-shell");
      },
    `);
    const { code, stdout, stderr } = await run(file, "-o", "json");
    expect(code, stderr).toBe(77);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "denied", requests: 0 });
  });

  it("shows progress, ends the run as cancelled when interrupted, and leaves neither files nor processes", async () => {
    const file = jobFile(`
      access: { pods: ["list"] },
      async run({ signal, log, progress }) {
        log.info("this process", { pid: process.pid });
        progress({ done: 1, of: 2 });
        const alive = setInterval(() => {}, 1_000);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        clearInterval(alive);
      },
    `);
    const temporary = project();
    const { child, ended } = startErrand(["run", "--embedded", file], optionsOf(temporary));
    onTestFinished(() => void child.kill("SIGKILL"));
    const pid = await new Promise<number>((resolve) => {
      let text = "";
      child.stderr.on("data", (chunk) => {
        text += chunk;
        const [, found] = /this process pid=(\d+)[\s\S]*\nprogress: {"done":1,"of":2}\n/.exec(text) ?? [];
        if (found) resolve(Number(found));
      });
    });
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 143, stdout: expect.stringContaining("cancelled") });
    expect(readdirSync(temporary)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("starts nothing when the file or a parameter is invalid", async () => {
    const absent = await run("jobs/absent.ts");
    expect(absent).toMatchObject({ code: 2, stdout: "", left: [] });
    expect(absent.stderr).toContain("Job file jobs/absent.ts does not exist");
    const wrong = await run("jobs/pod-cleanup.ts", "--param", "olderThan=soon");
    expect(wrong).toMatchObject({ code: 64, stdout: "", left: [] });
    expect(wrong.stderr).toContain("olderThan");
    const other = await run("jobs/pod-cleanup.ts", "--context", "production");
    expect(other).toMatchObject({ code: 2, stdout: "", left: [] });
    expect(other.stderr).toContain("'--embedded' cannot be used with option '--context");
  });

  it("runs the job on the objects of --seed, in the only namespace that they name", async () => {
    const file = jobFile(`
      access: { pods: ["list"], "widgets.example.com": ["list"], configmaps: ["list"] },
      async run({ kube }) {
        const names = async (list) => (await list.toArray()).map(({ metadata }) => metadata.name);
        return { pods: await names(kube.pods.list()), widgets: await names(kube["widgets.example.com"].list()) };
      },
    `);
    const seed = project({ "pods.yaml": SEED, "widget.json": JSON.stringify(WIDGET) });
    const { code, stdout, stderr } = await run(file, "--seed", seed, "-o", "json");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      namespace: "shop",
      result: { pods: expect.arrayContaining(["web-1", "web-2"]), widgets: ["w"] },
    });
  });

  it("starts nothing when an object of the seed is invalid, or the namespace is not in it", async () => {
    const folder = project({ "seed.yaml": SEED.replace("name: web-2", "name: Web_2") });
    const seed = join(folder, "seed.yaml");
    const wrong = await run("jobs/inventory.ts", "--seed", seed);
    expect(wrong).toMatchObject({ code: 64, stdout: "", left: [] });
    expect(wrong.stderr).toMatch(
      /^error: Invalid seed:\n {2}.*seed\.yaml, document 2 \(line \d+\): Pod Web_2: metadata\.name/,
    );
    writeFiles(folder, { "seed.yaml": SEED });
    const nowhere = await run("jobs/inventory.ts", "--seed", seed, "-n", "nope");
    expect(nowhere).toMatchObject({ code: 2, stdout: "", left: [] });
    expect(nowhere.stderr).toContain('The namespace "nope" does not exist');
    expect(nowhere.stderr).toContain("The seed has objects in shop");
  });
});
