import { describe, expect, it } from "vitest";
import {
  describeChanges,
  describeNextOfPlan,
  describeReportPlan,
} from "../../../deploy/commands/answers/describe-report.ts";
import { manualJob } from "../../../deploy/manifests/manual-job.ts";
import { planConfigMap, planOf, readPlan } from "../../../deploy/runs/plan.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { jobFixture, reportFixture } from "./history/run-fixture.ts";

const CHANGES = [
  {
    verb: "delete",
    resource: "pods",
    namespace: "shop",
    name: "web-1",
    uid: "u1",
    resourceVersion: "7",
    content: "c1",
  },
  { verb: "create", resource: "configmaps", namespace: "shop", name: "made", content: "c2" },
];
const planned = () => planOf(reportFixture("succeeded", { plan: { changes: CHANGES } }), { most: 3 });

describe("describeNextOfPlan", () => {
  it("says how to apply a plan, and that there is nothing to apply when it changes nothing", () => {
    const plan = planned()?.plan;
    if (plan === undefined) throw new Error("no plan");
    const hash = "0123456789".padEnd(64, "ab");
    const next = describeNextOfPlan(hash, plan);
    expect(next).toBe(`Plan 0123456789. To do exactly this: errand trigger sweep -n shop --apply ${hash} --wait`);
    expect(describeNextOfPlan(hash, { ...plan, changes: [] })).not.toContain("--apply");
  });
});

describe("planOf", () => {
  it("gives the same hash for the same plan, and another when anything is different", () => {
    const hash = planned()?.hash;
    expect(hash).toMatch(/^[0-9a-f]{10}$/);
    expect(planned()?.hash).toBe(hash);
    expect(planned()?.sha256).toMatch(new RegExp(`^${hash}[0-9a-f]{54}$`));
    expect(planOf(reportFixture("succeeded", { plan: { changes: CHANGES } }), { most: 4 })?.hash).not.toBe(hash);
    const others = [CHANGES.slice(1), CHANGES.map((change) => ({ ...change, content: "c3" }))];
    for (const changes of others)
      expect(planOf(reportFixture("succeeded", { plan: { changes } }), { most: 3 })?.hash).not.toBe(hash);
  });

  it("gives none when the report has none", () => expect(planOf(reportFixture("succeeded"), {})).toBeUndefined());
});

describe("readPlan", () => {
  it("reads what was kept, and nothing that was changed since", () => {
    const made = planned();
    if (made === undefined) throw new Error("no plan");
    const kept = planConfigMap(made, jobFixture());
    expect(kept).toMatchObject({ immutable: true, metadata: { name: `errand-plan-${made.plan.job}-${made.hash}` } });
    expect(readPlan(kept.data?.["plan.json"], made.hash)).toEqual(made.plan);
    expect(readPlan(made.text.replace("web-1", "web-2"), made.hash)).toBeUndefined();
    expect(readPlan(kept.data?.["plan.json"], made.sha256)).toEqual(made.plan);
    expect(readPlan(kept.data?.["plan.json"], made.hash.padEnd(64, "0"))).toBeUndefined();
    expect(readPlan(undefined, made.hash)).toBeUndefined();
  });
});

describe("manualJob", () => {
  it("mounts the plan that a run keeps to, and changes nothing of the pinned command", () => {
    const container = {
      name: "job",
      command: ["node", "--permission", "--eval", "boot", "/errand", "5ea1"],
    };
    const spec = { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } };
    const template = { ...cronJobFixture(), spec } as object as Parameters<typeof manualJob>[0];
    const run = manualJob(template, {
      name: "sweep-b7k2x",
      params: {},
      dryRun: false,
      plan: { configMap: "errand-plan-x", sha256: "5ea1" },
    });
    const made = run.spec?.template.spec;
    expect(made?.volumes).toEqual([{ name: "errand-plan", configMap: { name: "errand-plan-x" } }]);
    expect(made?.containers[0]).toMatchObject({
      command: container.command,
      volumeMounts: [{ name: "errand-plan", mountPath: "/run/errand/plan", readOnly: true }],
    });
    expect(made?.containers[0]?.env).toContainEqual({ name: "ERRAND_PLAN", value: "/run/errand/plan/plan.json" });
    expect(made?.containers[0]?.env).toContainEqual({ name: "ERRAND_PLAN_SHA256", value: "5ea1" });
  });
});

describe("describeReportPlan", () => {
  it("says how far a run came, and what was not made and why", () => {
    const [changed, left] = CHANGES;
    if (!changed || !left) throw new Error("no changes");
    expect(describeReportPlan({ hash: "0123456789", planned: 3, made: 1, changed: [changed], left: [left] })).toEqual([
      "0123456789: 1 of 3 changes made",
      'not made, because the object has changed: delete pods "web-1" in namespace "shop"',
      'not made, because the run did not ask for it: create configmaps "made" in namespace "shop"',
    ]);
    expect(describeChanges(CHANGES).split("\n")[1]).toMatch(/^delete +pods +shop +web-1 +u1 +7 +c1$/);
  });
});
