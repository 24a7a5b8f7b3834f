import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { compareManifests, unmanagedFields } from "../../../deploy/release/compare.ts";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import { rollbackJob } from "../../../deploy/release/rollback-job.ts";
import { findJob } from "../../../deploy/runs/find-job.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import type { KubeRequest, Send } from "../../../runtime/kube/requests/request.ts";
import type { Returned } from "../../../runtime/kube/surface/objects.ts";
import { scriptedServer } from "../cluster/scripted-server.ts";
import { embeddedTarget, preparedJob, revisionOf } from "./embedded-target.ts";

const FIRST: JobSettings = { access: { pods: ["list"] }, schedule: "@daily" };
const SECOND: JobSettings = { access: { pods: ["list"] }, schedule: "@hourly" };
const OPTIONS = { dryRun: false, force: false };

const MESSAGES = [
  'admission webhook "old.example" does not support dry run',
  'admission webhook "old.example" denied the request: not while trying',
  "cronjobs.batch \"sweep\" is forbidden: ValidatingAdmissionPolicy 'old' with binding 'old' denied request: no dry runs",
];

/** Admission that refuses dry runs of CronJobs, and takes the same when it is meant. */
function refusing(message: string): (send: Send) => Send {
  const { send: refuse } = scriptedServer(() => ({
    code: 403,
    body: { kind: "Status", reason: "Forbidden", message },
  }));
  const isTried = ({ path, query }: KubeRequest) =>
    path.includes("/cronjobs/") && query.some(([name]) => name === "dryRun");
  return (send) => (request) => (isTried(request) ? refuse(request) : send(request));
}

describe("admission that refuses dry runs", () => {
  it.each(MESSAGES)("refuses the deploy, or applies with a warning where that is allowed: %s", async (message) => {
    const { targetIn } = await embeddedTarget("team-a");
    const target = targetIn("team-a", refusing(message));
    const job = preparedJob("sweep", FIRST, "a".repeat(10));
    await expect(deployJobs(target, [job], OPTIONS)).rejects.toMatchObject({
      message: expect.stringContaining("nothing was applied"),
    });
    expect(await revisionOf(targetIn("team-a").client, "team-a", "sweep")).toBeUndefined();
    for (const change of ["created", "unchanged"]) {
      const [deployed] = await deployJobs(target, [job], { ...OPTIONS, allowUntried: true });
      expect(deployed?.changes.find(({ object }) => object.kind === "CronJob")?.change).toBe(change);
      expect(deployed?.warnings).toEqual([
        expect.stringContaining("CronJob team-a/sweep was applied without a dry run"),
      ]);
    }
  });

  it("names --allow-untried when the message is about dry runs", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const target = targetIn("team-a", refusing(MESSAGES[0] ?? ""));
    await expect(deployJobs(target, [preparedJob("sweep", FIRST)], OPTIONS)).rejects.toMatchObject({
      hint: expect.stringContaining("--allow-untried"),
    });
  });

  it("still refuses what the API server itself refuses", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const target = targetIn(
      "team-a",
      refusing('cronjobs.batch "sweep" is forbidden: User "eve" cannot patch resource "cronjobs"'),
    );
    await expect(
      deployJobs(target, [preparedJob("sweep", FIRST)], { ...OPTIONS, allowUntried: true }),
    ).rejects.toThrow();
  });

  it("has a rollback show the whole manifest", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const calm = targetIn("team-a");
    await deployJobs(calm, [preparedJob("sweep", FIRST, "a".repeat(10))], OPTIONS);
    await deployJobs(calm, [preparedJob("sweep", SECOND, "b".repeat(10))], OPTIONS);
    const { client } = targetIn("team-a", refusing(MESSAGES[0] ?? ""));
    let shown: readonly string[] = [];
    const agree = ({ differences }: { differences: readonly { lines: readonly string[] }[] }) => {
      shown = differences.flatMap(({ lines }) => lines);
      return Promise.resolve(true);
    };
    await rollbackJob(
      client,
      await findJob(client, "team-a", "sweep"),
      { dryRun: false, agree, allowUntried: true },
      new Date(),
    );
    expect(shown).toContain('+   schedule: "@daily"');
    expect(await revisionOf(calm.client, "team-a", "sweep")).toBe("a".repeat(10));
  });
});

describe("what others have put into an object", () => {
  it("is listed by errand diff with its manager, although a deploy does not change it", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const target = targetIn("team-a");
    const job = preparedJob("sweep", FIRST);
    await deployJobs(target, [job], OPTIONS);
    const template = {
      spec: {
        containers: [
          { name: "job", env: [{ name: "DEBUG", value: "1" }] },
          { name: "spy", image: "spy" },
        ],
      },
    };
    const spec = { jobTemplate: { spec: { template } } };
    const metadata = { name: "sweep", namespace: "team-a", labels: { team: "shop" } };
    await target.client.kube.inNamespace("team-a").cronjobs.apply({ metadata, spec } as never, {
      fieldManager: "kubectl-edit",
    });
    const manifests = renderManifests({ ...job, namespace: "team-a" }).filter(({ kind }) => kind !== "ConfigMap");
    const found = (await compareManifests(target.client, manifests, false)).filter(
      ({ unmanaged }) => unmanaged !== undefined,
    );
    const containers = "spec.jobTemplate.spec.template.spec.containers";
    expect(found).toMatchObject([
      {
        change: "unchanged",
        unmanaged: [`${containers}[name=job].env[name=DEBUG] (kubectl-edit)`, `${containers}[name=spy] (kubectl-edit)`],
      },
    ]);
  });

  it.each<[string, object, readonly string[]]>([
    ["a rule", { "f:rules": {} }, ["rules (kubectl-edit)"]],
    ["a subject", { "f:subjects": {} }, ["subjects (kubectl-edit)"]],
    ["a label", { "f:metadata": { "f:labels": { "f:team": {} } } }, []],
    ["a value of a set", { "f:spec": { "f:x": { 'v:"a"': {} } } }, ['spec.x["a"] (kubectl-edit)']],
    ["what errand has too", { "f:spec": { "f:own": {} } }, []],
    [
      "garbage",
      { "f:spec": { "k:{": { ".": {} }, "f:constructor": null } },
      ["spec.constructor (kubectl-edit)", "spec[{] (kubectl-edit)"],
    ],
  ])("is named by its path when it is %s", (_case, fieldsV1, expected) => {
    const managedFields = [
      { manager: "errand", fieldsV1: { "f:spec": { "f:own": {} } } },
      { manager: "errand-pause", fieldsV1: { "f:spec": { "f:suspend": {} } } },
      { manager: "kube-controller-manager", subresource: "status", fieldsV1: { "f:spec": { "f:active": {} } } },
      { manager: "kubectl-edit", fieldsV1 },
    ];
    expect(unmanagedFields({ metadata: { managedFields } } as object as Returned<object>)).toEqual(expected);
  });
});
