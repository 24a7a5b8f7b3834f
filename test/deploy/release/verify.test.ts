import { describe, expect, it } from "vitest";
import { describeReference, findObject, referenceOf } from "../../../deploy/cluster/references.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { verifyDeployed } from "../../../deploy/release/verify.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import type { KubeObject, Returned } from "../../../runtime/kube/surface/objects.ts";
import { applyServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";
import { embeddedTarget } from "./embedded-target.ts";

const JOB = { name: "sweep", namespace: "team-a" };
const ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/roles/sweep";
const input = renderInput("sweep", { access: { pods: ["list"] } });
const manifests = renderManifests(input);
const isWrite = ({ method, query }: KubeRequest) => method === "PATCH" && !query.some(([name]) => name === "dryRun");

async function deployed(refuse?: Parameters<typeof applyServer>[0]) {
  const server = applyServer(refuse);
  const client = clientOver(server.send, { namespace: "default" });
  await applyManifests(client, manifests);
  server.requests.length = 0;
  return { ...server, client };
}

async function appliedToEmbedded() {
  const { targetIn } = await embeddedTarget("team-a");
  const requests: KubeRequest[] = [];
  const { client } = targetIn("team-a", (send) => (request) => {
    requests.push(request);
    return send(request);
  });
  const applied = new Map<string, Returned<KubeObject>>();
  const onApplied = (object: Returned<KubeObject>) => applied.set(describeReference(referenceOf(object)), object);
  await applyManifests(client, manifests, { onApplied });
  requests.length = 0;
  return { client, applied, requests };
}

describe("verifyDeployed", () => {
  it("writes nothing when what is there is what was sent", async () => {
    const { client, requests } = await deployed();
    await verifyDeployed(client, JOB, manifests, { force: false });
    expect(requests.filter(isWrite)).toEqual([]);
  });

  it("only reads when everything is as it was applied", async () => {
    const { client, applied, requests } = await appliedToEmbedded();
    await verifyDeployed(client, JOB, manifests, { force: false, applied });
    expect(requests.map(({ method }) => method)).toEqual(manifests.map(() => "GET"));
  });

  it("tries all objects in a dry run when one was written since", async () => {
    const { client, applied, requests } = await appliedToEmbedded();
    const role = manifests.find(({ kind }) => kind === "Role");
    await client.resource<KubeObject>(role ?? {}).patch("sweep", { rules: [] });
    requests.length = 0;
    await verifyDeployed(client, JOB, manifests, { force: true, applied });
    expect(requests.filter(isWrite).length).toBeGreaterThan(0);
    expect(await findObject(client, role as KubeObject)).toMatchObject({ rules: [{ resources: ["pods"] }] });
  });

  it("applies again what somebody removed", async () => {
    const { client, stored } = await deployed();
    stored.delete(ROLE);
    await verifyDeployed(client, JOB, manifests, { force: false });
    expect(stored.has(ROLE)).toBe(true);
  });

  it("fails when another revision has been deployed meanwhile", async () => {
    const { client, requests } = await deployed();
    const other = renderManifests({ ...input, bundle: { ...input.bundle, hash: "f".repeat(10) } });
    await applyManifests(client, other);
    requests.length = 0;
    await expect(verifyDeployed(client, JOB, manifests, { force: false })).rejects.toMatchObject({
      message: 'Another deploy of sweep to namespace "team-a" ran at the same time',
      exitCode: 75,
    });
    expect(requests.filter(isWrite)).toEqual([]);
  });

  it("gives up and names the object that does not stay as it was applied", async () => {
    const { client } = await deployed(({ method, path }) =>
      method === "GET" && path === ROLE
        ? { body: { metadata: { labels: { "app.kubernetes.io/managed-by": "errand" } }, rules: [] } }
        : undefined,
    );
    await expect(verifyDeployed(client, JOB, manifests, { force: false })).rejects.toMatchObject({
      message: expect.stringContaining("something in the cluster keeps changing Role team-a/sweep"),
      exitCode: 1,
    });
  });
});
