import { describe, expect, it, test } from "vitest";
import { grantsOf } from "../../../deploy/manifests/rbac.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { applyManifests } from "../../../deploy/release/apply.ts";
import { describePause, describeUnserved, respectPause, withScopes } from "../../../deploy/release/fit-manifests.ts";
import { PAUSED_ANNOTATION } from "../../../deploy/runs/pause.ts";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import type { Send } from "../../../runtime/kube/requests/request.ts";
import { storeServer } from "../cluster/scripted-server.ts";
import { renderInput } from "../manifests/render-input.ts";

/** A server that serves a custom resource of each scope, and counts how often it is asked. */
function server(): { readonly send: Send; readonly asked: string[] } {
  const asked: string[] = [];
  const resources = [
    { resource: "widgets", responseKind: { kind: "Widget" }, scope: "Namespaced" },
    { resource: "zones", responseKind: { kind: "Zone" }, scope: "Cluster" },
  ];
  const document = {
    kind: "APIGroupDiscoveryList",
    items: [
      { metadata: { name: "example.com" }, versions: [{ version: "v1", resources }] },
      { metadata: { name: "metrics.example.com" }, versions: [{ version: "v1", freshness: "Stale" }] },
    ],
  };
  const body = { text: async () => JSON.stringify(document), dump: async () => {}, async *[Symbol.asyncIterator]() {} };
  const send: Send = async ({ path }) => {
    asked.push(path);
    return { status: 200, headers: {}, body, json: document };
  };
  return { send, asked };
}

function jobWith(access: Parameters<typeof resolveAccess>[0]) {
  return { rules: resolveAccess(access, builtinCatalog) };
}

const JOB = {
  name: "job",
  namespace: "shop",
  definition: { access: {}, run: async () => undefined },
};

test("withScopes finds with one request which custom resources are cluster-scoped and need a ClusterRole", async () => {
  const { send, asked } = server();
  const access = {
    "zones.example.com": ["list"],
    "zones.example.com/status": ["get"],
    "widgets.example.com": ["get"],
  } as const;
  const { rules } = await withScopes(clientOver(send, { namespace: "shop" }), jobWith(access));
  const { byNamespace, clusterWide } = grantsOf(JOB, rules);
  expect(clusterWide).toMatchObject([{ resources: ["zones"] }, { resources: ["zones/status"] }]);
  expect([...byNamespace]).toMatchObject([["shop", [{ resources: ["widgets"] }]]]);
  expect(asked).toEqual(["/apis"]);
});

test("withScopes assumes that what the cluster does not serve yet is namespaced", async () => {
  const { send } = server();
  const unserved: string[] = [];
  const job = jobWith({ "gadgets.example.com": ["get"], "widgets.example.com": ["get"] });
  const {
    rules: [...all],
  } = await withScopes(clientOver(send, { namespace: "shop" }), job, ({ key }) => unserved.push(key));
  const rules = all.filter(({ resource }) => resource === "gadgets");
  expect(unserved).toEqual(["gadgets.example.com"]);
  expect(rules).toEqual([expect.not.objectContaining({ namespaced: expect.anything() })]);
});

test("describeUnserved names the key, what was probably meant, and what kubectl shows when a group is misspelt", () => {
  const [rule] = jobWith({ "deployments.app": ["list"] }).rules;
  if (rule === undefined) throw new Error("no rule");
  expect(describeUnserved(rule)).toMatch(
    /^access: deployments\.app: this cluster does not serve it; did you mean "deployments\.apps"\?\n.*kubectl api-resources --api-group=app /,
  );
});

test("withScopes assumes that the resources of an API server that is down are namespaced, and describeUnserved says that it is down", async () => {
  const { send } = server();
  const said: string[] = [];
  const job = jobWith({ "pods.metrics.example.com": ["list"], "zones.example.com": ["list"] });
  const { rules } = await withScopes(clientOver(send, { namespace: "shop" }), job, (rule, error) =>
    said.push(describeUnserved(rule, error)),
  );
  expect(said).toEqual([
    expect.stringMatching(/^access: pods\.metrics\.example\.com: the API group .* is not available right now/),
  ]);
  expect(rules.map(({ namespaced }) => namespaced)).toEqual([undefined, false]);
});

test("withScopes asks nothing when a job names built-in resources and paths", async () => {
  const { send, asked } = server();
  await withScopes(
    clientOver(send, { namespace: "shop" }),
    jobWith({ pods: ["list"], nodes: ["get"], "/metrics": ["get"] }),
  );
  expect(asked).toEqual([]);
});

test("withScopes looks once more, with one request, for all that the cluster does not serve [K2]", async () => {
  const { send, asked } = server();
  await withScopes(
    clientOver(send, { namespace: "shop" }),
    jobWith({ "gadgets.example.com": ["get"], "gizmos.example.com": ["get"] }),
  );
  expect(asked).toEqual(["/apis", "/apis"]);
});

const CRON_JOB = "/apis/batch/v1/namespaces/team-a/cronjobs/sweep";
const manifests = renderManifests(renderInput("sweep", { access: {}, schedule: "@daily" }));
const cronJobOf = (all: typeof manifests | readonly (typeof manifests)[number][]) =>
  all.find(({ kind }) => kind === "CronJob");

async function deployed(annotations: Record<string, string>, spec: object = {}, managedFields: readonly object[] = []) {
  const { client, stored } = storeServer();
  await applyManifests(client, manifests);
  const live = stored.get(CRON_JOB);
  if (live === undefined) throw new Error("no CronJob");
  const metadata = { ...live.metadata, annotations, managedFields };
  stored.set(CRON_JOB, { ...live, spec: { ...(live.spec as object), ...spec }, metadata });
  return client;
}

describe("respectPause", () => {
  it("leaves out suspend and nothing else when the job is paused", async () => {
    const found = await respectPause(await deployed({ [PAUSED_ANNOTATION]: "2026-03-01T10:00:00Z" }), manifests);
    expect(found.paused).toBe("2026-03-01T10:00:00Z");
    expect({ ...(cronJobOf(found.manifests)?.spec as object), suspend: false }).toEqual(cronJobOf(manifests)?.spec);
    expect(cronJobOf(found.manifests)?.spec).not.toHaveProperty("suspend");
    expect(found.manifests.slice(0, -1)).toEqual(manifests.slice(0, -1));
  });

  it("leaves out suspend, and says who set it, when somebody suspended the job without errand", async () => {
    const live = await deployed({}, { suspend: true, schedule: "@hourly" }, [
      { manager: "errand", fieldsV1: { "f:spec": { "f:schedule": {} } } },
      { manager: "kubectl-patch", fieldsV1: { "f:spec": { "f:suspend": {} } } },
    ]);
    const found = await respectPause(live, manifests);
    expect(cronJobOf(found.manifests)?.spec).not.toHaveProperty("suspend");
    expect(describePause(found, "sweep", "team-a")).toBe(
      "sweep stays suspended (by kubectl-patch); to restart its schedule: errand resume sweep -n team-a",
    );
  });

  it.each([
    ["it had no schedule before", { suspend: true, schedule: "0 0 31 2 *" }, "somebody"],
    ["errand itself has set it", { suspend: true, schedule: "@hourly" }, "errand"],
  ])("lets a suspended job's schedule go on when %s", async (_case, spec, manager) => {
    const live = await deployed({}, spec, [{ manager, fieldsV1: { "f:spec": { "f:suspend": {} } } }]);
    expect((await respectPause(live, manifests)).manifests).toEqual(manifests);
  });

  it("changes nothing when the job is not paused, or not there", async () => {
    expect(await respectPause(await deployed({}), manifests)).toMatchObject({ manifests, paused: undefined });
    expect(await respectPause(storeServer().client, manifests)).toEqual({ manifests, paused: undefined });
  });
});
