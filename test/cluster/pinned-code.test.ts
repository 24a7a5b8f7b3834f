import { zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, resultOf, terminationMessageOf, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

const JOB = "says-that-it-loads";
const FORGED = zstdCompressSync(`console.log("a line of somebody else ran");`).toString("base64");

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly labels?: object };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
}

let namespace: TestNamespace;
beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "pinned");
});
afterAll(() => namespace.delete());

async function bundleOf(job: string): Promise<ConfigMap> {
  const { items } = await namespace.kubectl.get<{ items: readonly ConfigMap[] }>("configmaps");
  const found = items.find(({ metadata }) => metadata.name.startsWith(`errand-${job}-`));
  if (found === undefined) throw new Error(`There is no bundle of ${job}`);
  return found;
}

/** The attack of a person who may only delete and create ConfigMaps. */
async function replace({ metadata: { name, labels } }: ConfigMap, contents: object): Promise<void> {
  await namespace.kubectl.text(["delete", "configmap", name]);
  const made = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, immutable: true, ...contents };
  await namespace.kubectl.text(["create", "--filename=-"], { input: JSON.stringify(made) });
}

function altered(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString("base64");
}

afterEach(async () => {
  await namespace.errand(["remove", JOB, "--all", "--yes"]);
  // errand does not remove the recreated ConfigMap.
  await namespace.kubectl.text(["delete", "configmaps", `--selector=app.kubernetes.io/name=${JOB}`]);
});

describe("a pod whose ConfigMap was recreated with other code", () => {
  it.each([
    ["one bit is another", ({ binaryData }: ConfigMap) => altered(binaryData["main.cjs.zst"] ?? "")],
    ["it is somebody else's code", () => FORGED],
  ])("ends as invalid without running any of it: %s", async (_how, codeOf) => {
    await deploy(namespace, JOB);
    const bundle = await bundleOf(JOB);
    const files = { ...bundle.binaryData, "main.cjs.zst": codeOf(bundle), "boot.cjs": FORGED, "package.json": FORGED };
    await replace(bundle, { binaryData: files });
    const { code, report } = await triggerAndWait(namespace, JOB);
    expect(code).toBe(64);
    expect(report).toMatchObject({
      outcome: "invalid",
      run: { attempt: 1, trigger: "manual" },
      error: { reason: "CodeChanged", message: expect.stringContaining("main.cjs.zst has SHA-256") },
    });
    expect(report.error?.hint).toContain(bundle.metadata.name);
    expect(await terminationMessageOf(namespace, report.run.id)).toEqual(report);
    const log = await namespace.kubectl.text(["logs", `job/${report.run.id}`]);
    expect(
      log
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([report]);
  });

  it("also ends so if kubectl creates its Job, and runs with the deployed code", async () => {
    await deploy(namespace, JOB);
    const bundle = await bundleOf(JOB);
    const runByKubectl = async (run: string) => {
      await namespace.kubectl.text(["create", "job", run, `--from=cronjob/${JOB}`]);
      return await resultOf(namespace, run);
    };
    expect(await runByKubectl("as-deployed")).toMatchObject({ code: 0, report: { outcome: "succeeded" } });
    await namespace.kubectl.text(["delete", "job", "as-deployed"]);
    await until("its pod is gone", async () => (await namespace.kubectl.text(["get", "pods", "-o", "name"])) === "");
    await replace(bundle, { binaryData: { ...bundle.binaryData, "main.cjs.zst": FORGED } });
    const { code, report } = await runByKubectl("as-forged");
    expect(code).toBe(64);
    expect(report).toMatchObject({ outcome: "invalid", error: { reason: "CodeChanged" } });
  });
});

describe("a run that applies a plan", () => {
  it("ends as invalid and changes nothing if the plan was replaced after the trigger", async () => {
    const own = await TestNamespace.create(inject("cluster"), "pinned-plan");
    const configMap = (name: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, labels: { tidy: "away" } },
    });
    await deploy(own, "tidies-config-maps");
    await own.kubectl.apply(configMap("one"));
    const planned = await own.errand(["trigger", "tidies-config-maps", "--plan", "-o", "json"]);
    const { hash, sha256 } = JSON.parse(planned.stdout) as { hash: string; sha256: string };
    expect(sha256.startsWith(hash)).toBe(true);

    // No pod can be made, so that there is time between the command's look at the plan and the pod's.
    await own.kubectl.text(["create", "quota", "none", "--hard=pods=0"]);
    await own.kubectl.waitFor("jsonpath={.status.hard.pods}=0", ["resourcequota/none"]);
    const triggered = await own.errand(["trigger", "tidies-config-maps", "--apply", sha256, "-o", "json"]);
    expect(triggered, triggered.stderr).toMatchObject({ code: 0 });
    const { run } = JSON.parse(triggered.stdout) as { run: string };
    const name = `errand-plan-tidies-config-maps-${hash}`;
    const plan = await own.kubectl.get<ConfigMap>(`configmap/${name}`);
    const text = plan.data?.["plan.json"] ?? "";
    const forged = JSON.stringify({ ...(JSON.parse(text) as object), changes: [] });
    await own.kubectl.text(["delete", "configmap", name]);
    const made = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "plan.json": forged } };
    await own.kubectl.text(["create", "--filename=-"], { input: JSON.stringify(made) });
    await own.kubectl.text(["delete", "quota", "none"]);

    const { code, report } = await resultOf(own, run);
    expect(code).toBe(64);
    expect(report).toMatchObject({
      outcome: "invalid",
      error: { reason: "InvalidPlan", message: expect.stringContaining(`was started with ${sha256}`) },
      mutations: {},
    });
    expect(await own.kubectl.text(["get", "configmaps", "--selector=tidy", "--output=name"])).toBe("configmap/one\n");
    await own.delete();
  });
});
