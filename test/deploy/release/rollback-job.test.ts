import { describe, expect, it } from "vitest";
import { describeRollback } from "../../../deploy/commands/answers/describe-release.ts";
import { jobLabels, type Manifest, revisionLabels } from "../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { APPLIED_ANNOTATION, fetchRevisions, recordDeploy } from "../../../deploy/release/revisions/record-deploy.ts";
import { REVISIONS_ANNOTATION } from "../../../deploy/release/revisions/revision.ts";
import { type RollbackPreview, rollbackJob } from "../../../deploy/release/rollback-job.ts";
import { findJob } from "../../../deploy/runs/find-job.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const CRON_JOB = "/apis/batch/v1/namespaces/team-a/cronjobs/sweep";
const FIRST: JobSettings = { schedule: "0 * * * *", access: { pods: ["list"] } };
const SECOND: JobSettings = { schedule: "5 * * * *", access: { pods: ["list"], nodes: ["get"] }, timeout: "1h" };
const YES = { dryRun: false, agree: () => Promise.resolve(true) };
const DAY = Date.parse("2026-03-01T00:00:00Z");

async function deploy(server: ReturnType<typeof storeServer>, definition: JobSettings, hash: string, day: number) {
  const input = renderInput("sweep", definition);
  const manifests = renderManifests({ ...input, bundle: { ...input.bundle, hash } });
  const job = { name: "sweep", namespace: "team-a", revision: hash };
  const recorded = await recordDeploy(server.client, job, manifests, new Date(DAY + day * 86_400_000));
  await applyManifests(server.client, recorded);
}

/** Everything that is there but the ConfigMaps; without the CronJob's record, whose times change, and the time of the store itself. */
function contents({ stored }: ReturnType<typeof storeServer>) {
  return [...stored.values()]
    .filter(({ kind }) => kind !== "ConfigMap")
    .map(({ metadata, ...rest }) => {
      const { creationTimestamp: _time, ...kept } = metadata as typeof metadata & { creationTimestamp: string };
      const { [REVISIONS_ANNOTATION]: _records, ...annotations } = kept.annotations ?? {};
      return { ...rest, metadata: { ...kept, annotations } };
    });
}

describe("rollbackJob", () => {
  it("restores exactly the objects of the earlier revision, and keeps nothing that only the newer one had", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    const before = contents(server);
    await deploy(server, SECOND, "2222222222", 2);
    const cronJob = await findJob(server.client, "team-a", "sweep");
    const done = await rollbackJob(server.client, cronJob, YES, new Date(DAY + 3 * 86_400_000));
    expect(done).toMatchObject({ from: "2222222222.1", to: "1111111111.1" });
    expect(contents(server)).toEqual(before);
    expect(done?.changes.filter(({ change }) => change === "removed").map(({ object }) => object.kind)).toEqual([
      "ClusterRoleBinding",
      "ClusterRole",
    ]);
  });

  it("goes back to the previous settings when only settings changed", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    const before = contents(server);
    await deploy(server, { ...FIRST, resources: { limits: { memory: "1Gi" } } }, "1111111111", 2);
    const cronJob = await findJob(server.client, "team-a", "sweep");
    const done = await rollbackJob(server.client, cronJob, YES, new Date(DAY + 3 * 86_400_000));
    expect(done).toMatchObject({ from: "1111111111.2", to: "1111111111.1" });
    expect(contents(server)).toEqual(before);
  });

  it("goes forward again when it is done twice", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, SECOND, "2222222222", 2);
    for (const [day, to] of [
      [3, "1111111111.1"],
      [4, "2222222222.1"],
    ] as const) {
      const cronJob = await findJob(server.client, "team-a", "sweep");
      const done = await rollbackJob(server.client, cronJob, YES, new Date(DAY + day * 86_400_000));
      expect(done?.to).toBe(to);
    }
  });

  it("changes nothing in a dry run", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, SECOND, "2222222222", 2);
    const before = structuredClone([...server.stored]);
    const cronJob = await findJob(server.client, "team-a", "sweep");
    await rollbackJob(server.client, cronJob, { ...YES, dryRun: true }, new Date(DAY));
    expect([...server.stored]).toEqual(before);
  });

  it("shows what changes and which rights grow, and changes nothing unless the person agrees", async () => {
    const server = storeServer();
    await deploy(server, SECOND, "2222222222", 1);
    await deploy(server, FIRST, "1111111111", 2);
    for (const path of [...server.stored.keys()].filter((each) => each.includes("/clusterrole")))
      server.stored.delete(path);
    const before = structuredClone([...server.stored]);
    const cronJob = await findJob(server.client, "team-a", "sweep");
    let shown = "";
    const agree = (preview: RollbackPreview) => {
      shown = describeRollback(preview);
      return Promise.resolve(false);
    };
    expect(await rollbackJob(server.client, cronJob, { dryRun: false, agree }, new Date(DAY))).toBeUndefined();
    expect(shown).toContain("The job gains the right: get nodes in the whole cluster");
    expect(shown).toContain("-   schedule: 0 * * * *\n+   schedule: 5 * * * *");
    expect(shown).toContain("ClusterRoleBinding errand:team-a:sweep: created\n+ ");
    expect([...server.stored]).toEqual(before);
  });

  it.each<[string, JobSettings, (stored: Map<string, Manifest>) => void, string]>([
    [
      "somebody removed the account from its binding since",
      FIRST,
      (stored) => change(stored, `${RBAC}/namespaces/team-a/rolebindings/sweep`, { subjects: [] }),
      "The job gains the right: list pods in team-a",
    ],
    [
      "the earlier revision ran as another account",
      { ...FIRST, serviceAccountName: "operator" },
      () => {},
      "The job gains the right: everything ServiceAccount operator may do",
    ],
  ])("shows the rights that grow when %s", async (_case, former, tamper, line) => {
    const server = storeServer();
    await deploy(server, former, "1111111111", 1);
    await deploy(server, { ...FIRST, timeout: "1h" }, "2222222222", 2);
    tamper(server.stored);
    const shown: string[] = [];
    const agree = (preview: RollbackPreview) => {
      shown.push(describeRollback(preview));
      return Promise.resolve(false);
    };
    const cronJob = await findJob(server.client, "team-a", "sweep");
    await rollbackJob(server.client, cronJob, { dryRun: false, agree }, new Date(DAY));
    expect(shown.join()).toContain(line);
  });

  it.each<[string, (stored: Map<string, Manifest>) => void]>([
    ["is a forged one", (stored) => void stored.set(`${CONFIG_MAPS}/errand-sweep-9999999999`, forged("9999999999"))],
    [
      "has a record with a date in the future",
      (stored) => void stored.set(`${CONFIG_MAPS}/errand-sweep-1111111111`, forged("1111111111")),
    ],
    [
      "has other code",
      (stored) => change(stored, `${CONFIG_MAPS}/errand-sweep-1111111111`, { data: { "boot.cjs": "evil" } }),
    ],
    ["is gone", (stored) => void stored.delete(`${CONFIG_MAPS}/errand-sweep-1111111111`)],
  ])("does not offer a revision whose ConfigMap %s", async (_case, tamper) => {
    const server = storeServer();
    await deploy(server, FIRST, "0000000000", 0);
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, SECOND, "2222222222", 2);
    tamper(server.stored);
    const cronJob = await findJob(server.client, "team-a", "sweep");
    const kept = await fetchRevisions(server.client, cronJob);
    expect(kept?.revisions.map(({ name }) => name)).not.toContain("9999999999.1");
    const done = await rollbackJob(server.client, cronJob, YES, new Date(DAY + 3 * 86_400_000));
    expect(done?.to).toBe(kept?.lost.length === 0 ? "1111111111.1" : "0000000000.1");
    expect(JSON.stringify([...server.stored.values()])).not.toContain('cluster-admin","subjects');
    expect([...server.stored.keys()].filter((path) => path.includes("clusterrolebindings"))).toEqual([]);
  });

  it("refuses a job without a record, and says what to do", async () => {
    const server = storeServer();
    await applyManifests(server.client, renderManifests(renderInput("sweep", FIRST)));
    const cronJob = await findJob(server.client, "team-a", "sweep");
    await expect(rollbackJob(server.client, cronJob, YES, new Date(DAY))).rejects.toMatchObject({
      message: "There is no other revision to roll back to",
      hint: expect.stringMatching(/CronJob team-a\/sweep has no record.*Deploy the version you want from its file/),
    });
  });
});

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const CONFIG_MAPS = "/api/v1/namespaces/team-a/configmaps";

function change(stored: Map<string, Manifest>, path: string, fields: object) {
  const found = stored.get(path);
  if (found !== undefined) stored.set(path, { ...found, ...fields });
}

/** What an account makes that may only create ConfigMaps: with errand's labels, and a record that binds the job to the cluster's administrator. */
function forged(revision: string): Manifest {
  const binding = {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
    metadata: { name: "evil", labels: jobLabels("sweep") },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "User", name: "eve" }],
  };
  const sets = [{ number: 1, deployedAt: "2999-01-01T00:00:00Z", manifests: [binding] }, [binding]];
  return {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: {
      name: `errand-sweep-${revision}`,
      namespace: "team-a",
      labels: revisionLabels("sweep", revision),
      annotations: { [APPLIED_ANNOTATION]: JSON.stringify({ sets }), "errand/deployed-at": "2999-01-01T00:00:00Z" },
    },
    data: {},
  };
}

describe("recordDeploy", () => {
  it("keeps the time of the deployed revision when it is deployed again", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    await deploy(server, FIRST, "1111111111", 2);
    const cronJob = server.stored.get(CRON_JOB);
    const records = JSON.parse(cronJob?.metadata.annotations?.[REVISIONS_ANNOTATION] ?? "");
    expect(records).toMatchObject([{ revision: "1111111111", number: 1, deployedAt: "2026-03-02T00:00:00.000Z" }]);
  });

  it("starts a new record when the CronJob's cannot be read", async () => {
    const server = storeServer();
    await deploy(server, FIRST, "1111111111", 1);
    const cronJob = server.stored.get(CRON_JOB);
    if (cronJob === undefined) throw new Error("no CronJob");
    const metadata = { ...cronJob.metadata, annotations: { [REVISIONS_ANNOTATION]: "{" } };
    server.stored.set(CRON_JOB, { ...cronJob, metadata });
    await deploy(server, SECOND, "2222222222", 2);
    const kept = await fetchRevisions(server.client, await findJob(server.client, "team-a", "sweep"));
    expect(kept?.revisions.map(({ name }) => name)).toEqual(["2222222222.1"]);
  });
});
