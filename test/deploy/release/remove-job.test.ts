import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { findObjectsOf, removeObjects } from "../../../deploy/release/remove-job.ts";
import { recordDeploy } from "../../../deploy/release/revisions/record-deploy.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { type Answer, storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const SWEEP = { name: "sweep", namespace: "team-a", all: false };
const WIDE: JobSettings = { access: { pods: ["list"], nodes: ["list"] }, scope: { namespaces: ["team-b"] } };
const forbidden: Answer = { code: 403, body: { kind: "Status", reason: "Forbidden", message: "" } };

async function deployed(definition: JobSettings, refuse?: Parameters<typeof storeServer>[0]) {
  const server = storeServer(refuse);
  await applyManifests(server.client, renderManifests(renderInput("sweep", definition)));
  await applyManifests(server.client, renderManifests(renderInput("other", definition)));
  const run = {
    metadata: {
      name: "sweep-kt2c4",
      namespace: "team-a",
      labels: { "app.kubernetes.io/name": "sweep", "app.kubernetes.io/managed-by": "errand" },
    },
  };
  server.stored.set("/apis/batch/v1/namespaces/team-a/jobs/sweep-kt2c4", run as unknown as Manifest);
  return server;
}

describe("findObjectsOf", () => {
  it("finds everything that a deploy created, in every namespace, the rights first, and leaves the runs", async () => {
    const { client } = await deployed(WIDE);
    const found = await findObjectsOf(client, SWEEP);
    expect(found.map(({ kind, namespace, name }) => `${kind} ${namespace ?? "-"} ${name}`)).toEqual([
      "ClusterRoleBinding - errand:team-a:sweep",
      "RoleBinding team-b errand:team-a:sweep",
      "RoleBinding team-a sweep",
      "ClusterRole - errand:team-a:sweep",
      "Role team-b errand:team-a:sweep",
      "Role team-a sweep",
      "CronJob team-a sweep",
      "ServiceAccount team-a sweep",
      "ConfigMap team-a errand-sweep-0123456789",
    ]);
  });

  it("also finds its runs when all is set", async () => {
    const { client } = await deployed({ access: {} });
    const found = await findObjectsOf(client, { ...SWEEP, all: true });
    expect(found.map(({ kind }) => kind)).toEqual(["CronJob", "Job", "ServiceAccount", "ConfigMap"]);
  });

  it("finds what is in the namespace when the person may see nothing else", async () => {
    const { client } = await deployed({ access: { pods: ["list"] } }, (path) =>
      /v1\/(cluster|roles|rolebindings)/.test(path) ? forbidden : undefined,
    );
    const found = await findObjectsOf(client, SWEEP);
    expect(found.map(({ kind }) => kind)).toEqual(["RoleBinding", "Role", "CronJob", "ServiceAccount", "ConfigMap"]);
  });

  it("fails when the person may not see the objects in the namespace", async () => {
    const { client } = await deployed({ access: {} }, (path, method) =>
      method === "GET" && path.endsWith("/configmaps") ? forbidden : undefined,
    );
    await expect(findObjectsOf(client, SWEEP)).rejects.toMatchObject({ reason: "Forbidden" });
  });
});

describe("removeObjects", () => {
  it("removes what was found and nothing of another job", async () => {
    const { client, stored } = await deployed(WIDE);
    await removeObjects(client, await findObjectsOf(client, SWEEP), false);
    const left = [...stored.values()].map(({ metadata }) => metadata.name);
    expect(left.filter((name) => name.includes("sweep"))).toEqual(["sweep-kt2c4"]);
    expect(left.filter((name) => name.includes("other"))).toHaveLength(9);
  });

  it("goes on when something may not be deleted, names it, and keeps the ServiceAccount that it grants rights to", async () => {
    const { client, stored } = await deployed(WIDE, (path, method) =>
      method === "DELETE" && path.includes("/clusterrole") ? forbidden : undefined,
    );
    const left = await removeObjects(client, await findObjectsOf(client, SWEEP), false);
    expect(left.map(({ object, why }) => `${object.kind}: ${why}`)).toEqual([
      "ClusterRoleBinding: you may not delete it",
      "ClusterRole: you may not delete it",
      "ServiceAccount: ClusterRoleBinding errand:team-a:sweep still grants it rights",
    ]);
    const kinds = [...stored.values()].filter(({ metadata }) => /sweep$/.test(metadata.name)).map(({ kind }) => kind);
    expect(kinds).toEqual(["ServiceAccount", "ClusterRole", "ClusterRoleBinding"]);
  });

  it("names rights that only the record mentions and that the person may neither see nor delete", async () => {
    const { client } = storeServer((path) => (isBlind && path.includes("/clusterrole") ? forbidden : undefined));
    let isBlind = false;
    const manifests = renderManifests(renderInput("sweep", WIDE));
    const job = { name: "sweep", namespace: "team-a", revision: "0123456789" };
    await applyManifests(client, await recordDeploy(client, job, manifests, new Date(0)));
    isBlind = true;
    const left = await removeObjects(client, await findObjectsOf(client, SWEEP), false);
    expect(left.map(({ object, why }) => `${object.kind}: ${why}`)).toEqual([
      "ClusterRoleBinding: you may neither see nor delete it",
      "ClusterRole: you may neither see nor delete it",
      "ServiceAccount: ClusterRoleBinding errand:team-a:sweep still grants it rights",
    ]);
  });

  it.each([
    [false, "Orphan"],
    [true, "Background"],
  ])("keeps or deletes the runs with the CronJob: all %s means %s", async (all, propagation) => {
    const { client, requests } = storeServer();
    await removeObjects(client, [{ apiVersion: "batch/v1", kind: "CronJob", namespace: "team-a", name: "sweep" }], all);
    const asked = requests.map(({ body }) => JSON.parse(String(body ?? "{}")).propagationPolicy);
    expect(asked).toEqual([propagation]);
  });
});
