import { describe, expect, it } from "vitest";
import { type Manifest, NAMESPACE_LABEL } from "../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { type Leftover, prune } from "../../../deploy/release/prune.ts";
import { APPLIED_ANNOTATION, recordDeploy, writeSets } from "../../../deploy/release/revisions/record-deploy.ts";
import { hashManifests, REVISIONS_ANNOTATION, withAnnotations } from "../../../deploy/release/revisions/revision.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { type Answer, storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const JOB = { name: "sweep", namespace: "team-a" };
const NARROW: JobSettings = { access: { pods: ["list"] } };
const manifestsOf = (definition: JobSettings, hash = "0123456789") => {
  const input = renderInput("sweep", definition);
  return renderManifests({ ...input, bundle: { ...input.bundle, hash } });
};

const forbidden = (): Answer => ({ code: 403, body: { kind: "Status", reason: "Forbidden", message: "" } });
const kinds = (references: readonly { kind: string; namespace?: string | undefined }[]) =>
  references.map(({ kind, namespace }) => (namespace === undefined ? kind : `${kind} ${namespace}`));

/** Writes a revision's record as somebody could who may change the CronJob and the ConfigMap. */
function recordAs(stored: Map<string, Manifest>, set: readonly Manifest[], revision: string): void {
  const write = (path: string, annotations: Record<string, string>) => {
    const object = stored.get(path);
    if (object === undefined) throw new Error(`there is no ${path}`);
    stored.set(path, withAnnotations(object, annotations));
  };
  const cronJob = "/apis/batch/v1/namespaces/team-a/cronjobs/sweep";
  const [record] = JSON.parse(stored.get(cronJob)?.metadata.annotations?.[REVISIONS_ANNOTATION] ?? "[]");
  write(cronJob, { [REVISIONS_ANNOTATION]: JSON.stringify([{ ...record, applied: hashManifests(set) }]) });
  const text = writeSets([set]) ?? "";
  write(`/api/v1/namespaces/team-a/configmaps/errand-sweep-${revision}`, { [APPLIED_ANNOTATION]: text });
}

describe("prune", () => {
  it("removes nothing when everything is still wanted", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf(NARROW));
    expect(await prune(client, JOB, manifestsOf(NARROW))).toEqual([]);
  });

  it("removes cluster-wide rights, the binding first, when the scope was narrowed", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf({ ...NARROW, scope: "cluster" }));
    await applyManifests(client, manifestsOf(NARROW));
    expect(kinds(await prune(client, JOB, manifestsOf(NARROW)))).toEqual(["ClusterRoleBinding", "ClusterRole"]);
  });

  it("removes the rights in other namespaces when they are no longer declared", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf({ ...NARROW, scope: { namespaces: ["team-b", "team-c"] } }));
    const wanted = manifestsOf({ ...NARROW, scope: { namespaces: ["team-b"] } });
    await applyManifests(client, wanted);
    expect(kinds(await prune(client, JOB, wanted))).toEqual(["RoleBinding team-c", "Role team-c"]);
  });

  it("removes its own account and rights when the job names another account", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf(NARROW));
    const wanted = manifestsOf({ ...NARROW, serviceAccountName: "operator" });
    expect(kinds(await prune(client, JOB, wanted))).toEqual([
      "RoleBinding team-a",
      "Role team-a",
      "ServiceAccount team-a",
    ]);
  });

  it("removes the NetworkPolicy when the job no longer declares egress", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf({ ...NARROW, egress: [] }));
    expect(kinds(await prune(client, JOB, manifestsOf(NARROW)))).toEqual(["NetworkPolicy team-a"]);
  });

  it("removes nothing when another revision has been deployed meanwhile", async () => {
    const { client } = storeServer();
    await applyManifests(client, manifestsOf(NARROW));
    await applyManifests(client, manifestsOf({ access: {} }, "f".repeat(10)));
    expect(await prune(client, JOB, manifestsOf({ access: {} }))).toEqual([]);
  });

  it("leaves alone what another job, a job in another namespace or a person created", async () => {
    const { client, stored } = storeServer();
    const [account] = manifestsOf(NARROW);
    if (account === undefined) throw new Error("no ServiceAccount");
    const role = (labels: Record<string, string>): Manifest => ({
      ...account,
      kind: "Role",
      metadata: { ...account.metadata, labels },
    });
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    stored.set(`${rbac}/namespaces/team-a/roles/sweep`, role({}));
    stored.set(
      `${rbac}/namespaces/team-z/roles/errand:team-y:sweep`,
      role({ ...account.metadata.labels, [NAMESPACE_LABEL]: "team-y" }),
    );
    expect(await prune(client, JOB, manifestsOf({ access: {} }))).toEqual([]);
  });

  it("keeps the five newest revisions, whatever the dates of ConfigMaps that only look like revisions", async () => {
    const { client, stored } = storeServer();
    for (const digit of "12345671") {
      const revision = digit.repeat(10);
      await applyManifests(
        client,
        await recordDeploy(client, { ...JOB, revision }, manifestsOf(NARROW, revision), new Date(0)),
      );
    }
    const future = { ...manifestsOf(NARROW).find(({ kind }) => kind === "ConfigMap") } as Manifest;
    const annotations = { "errand/deployed-at": "2999-01-01T00:00:00Z", "errand/applied": "{" };
    for (const digit of "890ab") {
      const metadata = { ...future.metadata, name: `errand-sweep-${digit.repeat(10)}`, annotations };
      stored.set(`/api/v1/namespaces/team-a/configmaps/${metadata.name}`, { ...future, metadata });
    }
    const removed = await prune(client, JOB, manifestsOf(NARROW, "1".repeat(10)));
    expect(removed.map(({ name }) => name)).toEqual(["errand-sweep-2222222222", "errand-sweep-3333333333"]);
    expect([...stored.keys()].filter((path) => path.includes("/configmaps/"))).toHaveLength(5 + 5);
  });

  it("prunes nothing and does not fail when the person may not list runs", async () => {
    const { client } = storeServer((path, method) =>
      method === "GET" && path.endsWith("/jobs") ? forbidden() : undefined,
    );
    await applyManifests(client, manifestsOf(NARROW));
    expect(await prune(client, JOB, manifestsOf({ access: {} }))).toEqual([]);
  });

  it("reports what it may not delete, and removes the rest", async () => {
    const { client } = storeServer((path, method) =>
      method === "DELETE" && path.includes("/clusterrolebindings/") ? forbidden() : undefined,
    );
    await applyManifests(client, manifestsOf({ ...NARROW, scope: "cluster" }));
    await applyManifests(client, manifestsOf(NARROW));
    const left: Leftover[] = [];
    expect(kinds(await prune(client, JOB, manifestsOf(NARROW), (each) => left.push(each)))).toEqual(["ClusterRole"]);
    expect(left).toMatchObject([
      { object: { kind: "ClusterRoleBinding" }, why: "you may not delete it", isFailure: true },
    ]);
  });

  it("reports rights that it may not see, as a failure only if the previous revision had them", async () => {
    let isBlind = false;
    const { client, stored } = storeServer((path) =>
      isBlind && path.includes("/clusterrole") ? forbidden() : undefined,
    );
    const deploy = async (definition: JobSettings, digit: string) => {
      const revision = digit.repeat(10);
      const manifests = await recordDeploy(
        client,
        { ...JOB, revision },
        manifestsOf(definition, revision),
        new Date(0),
      );
      await applyManifests(client, manifests);
      const left: Leftover[] = [];
      await prune(client, JOB, manifests, (each) => left.push(each));
      return left.map(({ object, isFailure }) => [object.kind, isFailure]);
    };
    await deploy({ ...NARROW, scope: "cluster" }, "1");
    isBlind = true;
    expect(await deploy(NARROW, "2")).toEqual([
      ["ClusterRoleBinding", true],
      ["ClusterRole", true],
    ]);
    expect(await deploy(NARROW, "3")).toEqual([
      ["ClusterRoleBinding", false],
      ["ClusterRole", false],
    ]);
    expect([...stored.keys()].filter((path) => path.includes("/clusterrole"))).toHaveLength(2);
  });

  it("removes nothing that is not the job's own, whatever the job's record says", async () => {
    const { client, stored } = storeServer((path) =>
      /v1\/(clusterrole|roles|rolebindings)/.test(path) ? forbidden() : undefined,
    );
    const deploy = async (definition: JobSettings, revision: string) => {
      const manifests = await recordDeploy(
        client,
        { ...JOB, revision },
        manifestsOf(definition, revision),
        new Date(0),
      );
      await applyManifests(client, manifests);
      return manifests;
    };
    const former = await deploy(NARROW, "1".repeat(10));
    const critical = structuredClone(former.find(({ kind }) => kind === "RoleBinding")) as Manifest;
    const metadata = { ...critical.metadata, name: "everybody", labels: { team: "a" } };
    const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings/everybody";
    stored.set(path, { ...critical, metadata });
    // Who may change the CronJob and its ConfigMap, and no RoleBinding, has the record say that a deploy made one.
    const forged = former.filter(({ kind }) => kind !== "ConfigMap").concat({ ...critical, metadata });
    recordAs(stored, forged, "1".repeat(10));
    await prune(client, JOB, await deploy(NARROW, "2".repeat(10)));
    expect(stored.has(path)).toBe(true);
  });

  it("prunes what it may see when the person may see nothing cluster-wide", async () => {
    const { client } = storeServer((path) => (/v1\/(cluster|roles|rolebindings)/.test(path) ? forbidden() : undefined));
    await applyManifests(client, manifestsOf(NARROW));
    expect(kinds(await prune(client, JOB, manifestsOf({ access: {} })))).toEqual(["RoleBinding team-a", "Role team-a"]);
  });
});
