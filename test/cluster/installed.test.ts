import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { mustRun } from "../support/command.ts";
import { BIN } from "../support/errand.ts";
import { project } from "../support/project.ts";
import { buildHelm } from "./build/helm.ts";
import { createEndedPods, PODS_THAT_GO } from "./ended-pods.ts";
import { TestNamespace } from "./namespace.ts";
import { triggerAndWait } from "./runs.ts";

const JOB = fileURLToPath(new URL("../../jobs/pod-cleanup.ts", import.meta.url));

let namespace: TestNamespace;
let folder: string;

beforeEach(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "installed");
  folder = project();
});
afterEach(async () => {
  await namespace.delete();
});

async function errand(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await namespace.errand([...args, "--output", "json"]);
  expect({ args, code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

const WAYS = {
  async helm() {
    const helm = await buildHelm((line) => process.stderr.write(`${line}\n`));
    const chart = join(folder, "chart");
    const render = ["render", JOB, "--helm", "--output-dir", chart, "--image", namespace.access.nodeImage];
    await mustRun([process.execPath, BIN, ...render]);
    const env = { KUBECONFIG: namespace.access.kubeconfig, HOME: folder };
    // A run that is due meanwhile would be in the way of those that are triggered.
    const install = ["install", "cleanup", chart, "-n", namespace.name, "--set", "schedule=0 0 1 1 *"];
    await mustRun([helm, ...install], { env });
  },
  async "render and kubectl apply"() {
    const render = ["render", JOB, "-n", namespace.name, "--image", namespace.access.nodeImage];
    const { stdout } = await namespace.errand(render);
    const yaml = stdout.replace(/schedule: .*/, 'schedule: "0 0 1 1 *"');
    await mustRun([namespace.access.kubectl, "--kubeconfig", namespace.access.kubeconfig, "apply", "-f", "-"], {
      input: yaml,
    });
  },
};

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])("a job installed by %s", (way) => {
  it("is listed, compared, triggered, explained, paused and resumed like one deployed by errand", async () => {
    await createEndedPods(namespace);
    await WAYS[way]();
    await namespace.untilMay("pod-cleanup", "delete", "pods", true);
    expect(await errand("ps")).toMatchObject([{ job: "pod-cleanup", state: "scheduled", schedule: "0 0 1 1 *" }]);

    const { code, report } = await triggerAndWait(namespace, "pod-cleanup");
    expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: "succeeded" });
    expect(await errand("history", "pod-cleanup")).toMatchObject([{ run: report.run.id, outcome: "succeeded" }]);
    expect(await errand("why", "pod-cleanup")).toMatchObject({ job: "pod-cleanup", run: report.run.id });

    const pods = {
      resource: "pods",
      declared: ["list", "delete"],
      granted: ["list", "delete"],
      allowed: ["list", "delete"],
    };
    const used = { delete: PODS_THAT_GO.length };
    expect(await errand("access", "pod-cleanup")).toMatchObject({ declaredIn: "role", rows: [{ ...pods, used }] });
    expect(await errand("access", JOB)).toMatchObject({ declaredIn: "file", rows: [pods] });

    await errand("pause", "pod-cleanup");
    expect(await errand("ps")).toMatchObject([{ state: "paused" }]);
    await errand("resume", "pod-cleanup");
    expect(await errand("ps")).toMatchObject([{ state: "scheduled" }]);
  });
});
