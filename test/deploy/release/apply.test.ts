import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import { type Answer, applyServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

const DEFINITION: JobSettings = { access: { pods: ["list"] }, schedule: "@daily" };
const manifestsOf = (definition = DEFINITION) => renderManifests(renderInput("sweep", definition));
const isDry = ({ query }: KubeRequest) => query.some(([name]) => name === "dryRun");
const written = (requests: readonly KubeRequest[]) =>
  requests.filter((request) => request.method === "PATCH" && !isDry(request));

function status(code: number, reason: string, message: string, details: object = {}): Answer {
  return { code, body: { kind: "Status", code, reason, message, details } };
}

describe("applyManifests", () => {
  it("applies every object in order, after a dry run of all of them", async () => {
    const { send, requests } = applyServer();
    const changes = await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf());
    expect(changes.map(({ object, change }) => `${object.kind} ${change}`)).toEqual([
      "ServiceAccount created",
      "Role created",
      "RoleBinding created",
      "ConfigMap created",
      "CronJob created",
    ]);
    const patches = requests.filter(({ method }) => method === "PATCH");
    expect(patches.map(isDry)).toEqual([...Array(5).fill(true), ...Array(5).fill(false)]);
  });

  it("uses server-side apply as errand, strictly and without force", async () => {
    const { send, requests } = applyServer();
    await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf());
    expect(written(requests)[4]).toMatchObject({
      path: "/apis/batch/v1/namespaces/team-a/cronjobs/sweep",
      query: [
        ["fieldManager", "errand"],
        ["fieldValidation", "Strict"],
      ],
      headers: { "content-type": "application/apply-patch+yaml" },
    });
  });

  it("reports only the CronJob as configured when the schedule changed", async () => {
    const { send } = applyServer();
    await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf());
    const changes = await applyManifests(
      clientOver(send, { namespace: "default" }),
      manifestsOf({ ...DEFINITION, schedule: "@hourly" }),
    );
    expect(changes.map(({ change }) => change)).toEqual([
      "unchanged",
      "unchanged",
      "unchanged",
      "unchanged",
      "configured",
    ]);
  });

  it("writes nothing and reports what would change in a dry run", async () => {
    const { send, requests, stored } = applyServer();
    const changes = await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf(), { dryRun: true });
    expect(changes).toHaveLength(5);
    expect(written(requests)).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("does not take over an object of that name that is somebody else's", async () => {
    const { send, requests } = applyServer(({ method, path }) =>
      method === "GET" && path.endsWith("/serviceaccounts/sweep")
        ? { body: { metadata: { name: "sweep", labels: {} } } }
        : undefined,
    );
    await expect(applyManifests(clientOver(send, { namespace: "default" }), manifestsOf())).rejects.toThrow(
      "ServiceAccount team-a/sweep exists and was not created by errand: nothing was applied",
    );
    expect(requests.filter(({ method }) => method === "PATCH")).toEqual([]);
  });

  it("applies nothing and names the manager when a field is somebody else's", async () => {
    const { send, requests } = applyServer(({ path, method }) =>
      method === "PATCH" && path.endsWith("/cronjobs/sweep")
        ? status(409, "Conflict", "Apply failed", {
            causes: [
              {
                reason: "FieldManagerConflict",
                message: 'conflict with "kubectl-edit" using batch/v1',
                field: ".spec.schedule",
              },
            ],
          })
        : undefined,
    );
    await expect(applyManifests(clientOver(send, { namespace: "default" }), manifestsOf())).rejects.toMatchObject({
      message: "CronJob team-a/sweep: kubectl-edit owns .spec.schedule: nothing was applied",
      hint: expect.stringContaining("errand diff FILE -n team-a --force-conflicts"),
    });
    expect(written(requests)).toEqual([]);
  });

  it("takes over fields when force is set", async () => {
    const { send, requests } = applyServer();
    await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf(), { force: true });
    expect(written(requests)[0]?.query).toContainEqual(["force", "true"]);
  });

  it("says how to create a missing namespace", async () => {
    const { send } = applyServer(({ method }) =>
      method === "PATCH" ? status(404, "NotFound", 'namespaces "team-a" not found', { kind: "namespaces" }) : undefined,
    );
    await expect(applyManifests(clientOver(send, { namespace: "default" }), manifestsOf())).rejects.toMatchObject({
      message: 'Namespace "team-a" does not exist: nothing was applied',
      hint: expect.stringContaining("kubectl create namespace team-a"),
    });
  });

  it("says which rights the person lacks when the server refuses to grant them", async () => {
    const refusal = `roles.rbac.authorization.k8s.io "sweep" is forbidden: user "eve" is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["list"]}`;
    const { send, requests } = applyServer(({ method, path }) =>
      method === "PATCH" && path.endsWith("/roles/sweep") ? status(403, "Forbidden", refusal) : undefined,
    );
    await expect(applyManifests(clientOver(send, { namespace: "default" }), manifestsOf())).rejects.toMatchObject({
      hint: expect.stringContaining("list pods"),
      exitCode: 77,
    });
    expect(written(requests)).toEqual([]);
  });

  it("goes on when a first dry run cannot find the role of a binding", async () => {
    const { send } = applyServer((request) =>
      isDry(request) && request.path.endsWith("/rolebindings/sweep")
        ? status(404, "NotFound", 'roles.rbac.authorization.k8s.io "sweep" not found', { kind: "roles" })
        : undefined,
    );
    expect(await applyManifests(clientOver(send, { namespace: "default" }), manifestsOf())).toHaveLength(5);
  });
});
