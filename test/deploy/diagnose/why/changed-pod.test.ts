import { describe, expect, it } from "vitest";
import { explainRun } from "../../../../deploy/diagnose/why/explain.ts";
import type { JobObject, PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";
import { endedJob, podFixture, reportFixture, terminated } from "../../runs/history/run-fixture.ts";
import { runSnapshot } from "./snapshot-fixture.ts";

type Spec = NonNullable<PodObject["spec"]>;

const WANTED: Spec = {
  containers: [
    {
      name: "job",
      image: "node:26.10.0-slim",
      command: ["node"],
      env: [{ name: "ERRAND_JOB", value: "sweep" }],
      volumeMounts: [{ name: "bundle", mountPath: "/errand", readOnly: true }],
    },
  ],
};

function jobOf(spec: Spec): JobObject {
  const job = endedJob("Failed");
  return { ...job, spec: { ...job.spec, template: { spec } } } as JobObject;
}

/** @param change of the job's container, as a webhook makes it */
function podOf(exitCode: number, change: object, { report, more }: { report?: Report; more?: object } = {}): PodObject {
  const pod = podFixture(terminated(exitCode, report === undefined ? {} : { message: JSON.stringify(report) }));
  const containers = WANTED.containers.map((container) => ({ ...container, ...change }));
  return { ...pod, spec: { ...WANTED, containers, ...more } };
}

function why(pod: PodObject) {
  return explainRun(runSnapshot({ job: jobOf(WANTED), pods: [pod] }));
}

const env = [...(WANTED.containers[0]?.env ?? []), { name: "NODE_OPTIONS", value: " --require /otel/a.js" }];

describe("explainRun, for a pod that is not what its Job asked for,", () => {
  it("says that NODE_OPTIONS ended Node, and how to opt out, when the process left no report", () => {
    expect(why(podOf(1, { env }))).toEqual({
      cause: "changedPod",
      what: "Node ended before the job began: something other than errand set NODE_OPTIONS in its pod",
      evidence: [
        'pod sweep-kt2c4-0-0: NODE_OPTIONS=" --require /otel/a.js"',
        "report: its process ended with code 1 and without a report",
        'pod sweep-kt2c4-0-0: a webhook or policy has added or changed NODE_OPTIONS=" --require /otel/a.js"',
      ],
      next: expect.stringContaining("instrumentation.opentelemetry.io/inject-nodejs"),
    });
  });

  it("lists every change beside what the run reported, and no value but that of NODE_OPTIONS", () => {
    const change = {
      env: [...env, { name: "TOKEN", value: "hunter2" }, { name: "JOB_COMPLETION_INDEX", value: "0" }],
      image: "mirror/node:26.10.0-slim",
      volumeMounts: [
        ...(WANTED.containers[0]?.volumeMounts ?? []),
        { name: "aws", mountPath: "/var/run/secrets/aws" },
        { name: "kube-api-access-x7k2p", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
      ],
    };
    const report = reportFixture("failed", { error: { reason: "Error", message: "no" } });
    const found = why(podOf(1, change, { report, more: { initContainers: [{ name: "istio-proxy" }] } }));
    expect(found).toMatchObject({ cause: "reported" });
    expect(found?.evidence.at(-1)).toBe(
      'pod sweep-kt2c4-0-0: a webhook or policy has added or changed NODE_OPTIONS=" --require /otel/a.js", variable TOKEN, image, mount /var/run/secrets/aws, init container istio-proxy',
    );
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  it("lists no changes when only Kubernetes made any", () => {
    const kept = { env: [...(WANTED.containers[0]?.env ?? []), { name: "JOB_COMPLETION_INDEX", value: "0" }] };
    expect(why(podOf(1, kept))).toMatchObject({ cause: "reported", evidence: [expect.stringContaining("NoReport")] });
  });

  it("asks for the Node version when Node did not know a flag", () => {
    const found = why(podOf(9, {}));
    expect(found).toMatchObject({ cause: "changedPod", next: expect.stringContaining("--node-version") });
    expect(found?.evidence[0]).toBe("pod sweep-kt2c4-0-0: image node:26.10.0-slim");
  });
});
