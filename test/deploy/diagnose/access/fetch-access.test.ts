import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../../deploy/cluster/connect.ts";
import { fetchAccess } from "../../../../deploy/diagnose/access/fetch-access.ts";
import { declaredWhenDeployed } from "../../../../deploy/diagnose/access/job-rights.ts";
import { deployJobs } from "../../../../deploy/release/deploy-jobs.ts";
import { type CronJobObject, findJob } from "../../../../deploy/runs/find-job.ts";
import { clientOver } from "../../../../runtime/kube/connected-client.ts";
import { FORBIDDEN, NOT_FOUND, scriptedServer } from "../../cluster/scripted-server.ts";
import { embeddedTarget, preparedJob } from "../../release/embedded-target.ts";
import { installJob, WAYS } from "./install-job.ts";

const connectTo = async (namespace: string) => (await embeddedTarget(namespace)).targetIn(namespace);

describe.each(WAYS)("a job installed by %s", (way) => {
  it("has its access compared with its Role when there is no record of a deploy", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, way);
    const found = await fetchAccess(target, cronJob, await declaredWhenDeployed(target.client, cronJob));
    expect(found).toMatchObject({ serviceAccount: "ops/sweep", declaredIn: "role" });
    expect(found.rows).toEqual([
      {
        ...{ resource: "pods", namespace: "ops", used: {} },
        ...{ declared: ["list", "delete"], granted: ["list", "delete"], allowed: ["list", "delete"] },
      },
    ]);
    expect(found.notes).toEqual([expect.stringContaining("its Role counts as declared")]);
  });

  it("shows what its Role lacks when its file is given", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, way);
    const right = { namespace: "ops", group: "", resource: "pods" };
    const rights = ["list", "delete", "get"].map((verb) => ({ ...right, verb }));
    const { rows, notes } = await fetchAccess(target, cronJob, { source: "file", rights });
    expect(rows).toMatchObject([
      { declared: ["get", "list", "delete"], granted: ["list", "delete"], allowed: ["list", "delete"] },
    ]);
    expect(notes).toEqual([]);
  });
});

describe("a job of the whole cluster", () => {
  it("has no more than it declares when its namespace lists the same right again, and shows what others granted it", async () => {
    const target = await connectTo("ops");
    const [deployed] = await deployJobs(
      target,
      [preparedJob("wide", { access: { pods: ["list"] }, scope: "cluster" })],
      {
        dryRun: false,
        force: false,
      },
    );
    expect(deployed?.changes.map(({ object }) => object.kind)).toContain("ClusterRoleBinding");
    const cronJob = await findJob(target.client, "ops", "wide");
    const look = async () => await fetchAccess(target, cronJob, await declaredWhenDeployed(target.client, cronJob));
    const same = { declared: ["list"], granted: ["list"], allowed: ["list"] };
    expect((await look()).rows).toEqual([{ resource: "pods", used: {}, ...same }]);
    const metadata = { name: "more" };
    const { roles, rolebindings } = target.client.kube.inNamespace("ops");
    const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }];
    await roles.create({ metadata, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "more" };
    const subjects = [{ kind: "ServiceAccount", name: "wide", namespace: "ops" }];
    await rolebindings.create({ metadata, roleRef, subjects });
    expect((await look()).rows).toEqual([
      { resource: "pods", used: {}, ...same },
      { resource: "secrets", namespace: "ops", used: {}, declared: [], granted: [], allowed: ["get"] },
    ]);
  });
});

describe("a Role of the job's name", () => {
  it("does not count as the job's when others created it", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, "helm");
    await target.client.kube
      .inNamespace("ops")
      .roles.apply(
        { metadata: { name: "sweep", labels: { "app.kubernetes.io/managed-by": "somebody" } } },
        { fieldManager: "test", force: true },
      );
    const { declaredIn, rows } = await fetchAccess(target, cronJob, undefined);
    expect(declaredIn).toBeNull();
    expect(rows).toMatchObject([{ declared: [], granted: [], allowed: ["list", "delete"] }]);
  });
});

const CRON_JOB = { metadata: { name: "clean", namespace: "ops" } } as CronJobObject;
const DECLARED = { source: "file", rights: [{ namespace: "ops", group: "", resource: "pods", verb: "list" }] } as const;

/** A cluster whose user may impersonate but not create SubjectAccessReviews; it lists these rules. */
function clusterThatLists(status: object): Pick<Cluster, "client" | "namespace"> {
  const { send } = scriptedServer((request) => {
    if (request.attributes?.resource === "subjectaccessreviews") return FORBIDDEN;
    if (request.attributes?.verb === "get") return NOT_FOUND;
    if (request.method === "GET") return { body: { items: [] } };
    return { code: 201, body: { status } };
  });
  return { client: clientOver(send, { namespace: "ops" }), namespace: "ops" };
}

it("fetchAccess reports a declared right as missing when a complete list does not have it [K6]", async () => {
  const { rows } = await fetchAccess(clusterThatLists({ resourceRules: [] }), CRON_JOB, DECLARED);
  expect(rows).toMatchObject([{ resource: "pods", allowed: [] }]);
});

it("fetchAccess does not report rights as missing when the list is incomplete [K6]", async () => {
  const { rows, notes } = await fetchAccess(
    clusterThatLists({ resourceRules: [], incomplete: true, evaluationError: "webhook cannot list" }),
    CRON_JOB,
    DECLARED,
  );
  expect(rows).toMatchObject([{ resource: "pods", allowed: null }]);
  expect(notes).toContainEqual(expect.stringContaining("cannot see everything else"));
});
