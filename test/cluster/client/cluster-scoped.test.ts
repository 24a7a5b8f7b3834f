import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { mustRun } from "../../support/command.ts";
import { BIN } from "../../support/errand.ts";
import { project } from "../../support/project.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, adminConfig, jobClientOf } from "./real-client.ts";

/** A group of this run's own, since definitions are of the whole cluster. */
const GROUP = `z${randomBytes(3).toString("hex")}.errand.test`;
const KEY = `zones.${GROUP}`;
const JOB = `import { defineJob } from "errand";
export default defineJob({ access: { ${JSON.stringify(KEY)}: ["list"] }, run() {} });`;

let namespace: TestNamespace;
let client: ConnectedClient;
const folder = project();

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-zones");
  client = await adminClient(namespace);
  writeFileSync(join(folder, "zones.ts"), JOB);
  const openAPIV3Schema = { type: "object" };
  await client.kube.customresourcedefinitions.create({
    metadata: { name: KEY },
    spec: {
      group: GROUP,
      scope: "Cluster",
      names: { plural: "zones", kind: "Zone" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  // Discovery follows a moment after the definition was accepted, and the resource itself at another one.
  const { kube } = client as unknown as { kube: Record<string, { list(): { toArray(): Promise<unknown[]> } }> };
  await until("zones are served", () =>
    (kube[KEY] as (typeof kube)[string])
      .list()
      .toArray()
      .then(
        () => true,
        () => false,
      ),
  );
});

afterAll(async () => {
  await client.kube.customresourcedefinitions.delete(KEY);
  await client.kube.clusterroles.delete(`errand:${namespace.name}:zones`);
  await client.kube.clusterrolebindings.delete(`errand:${namespace.name}:zones`);
  await client.kube.clusterroles.delete(`${namespace.name}-asks`);
  await client.kube.clusterrolebindings.delete(`${namespace.name}-asks`);
  await client.close();
  await namespace.delete();
});

test("a deployed job reaches cluster-scoped custom resources without a wider scope", async () => {
  const flags = ["--kubeconfig", namespace.access.kubeconfig, "-n", namespace.name];
  await mustRun([process.execPath, BIN, "deploy", join(folder, "zones.ts"), ...flags]);
  await namespace.untilMay("zones", "list", KEY, true);
  const { token } = await client.kube.serviceaccounts.createToken("zones");
  const { clientCertificate: _certificate, clientKey: _key, ...config } = await adminConfig(namespace);
  const access = { [KEY]: ["list"] } as const;
  const job = createClient<typeof access>({
    config: { ...config, token: { get: async () => token } },
    rules: resolveAccess(access, builtinCatalog),
  });
  try {
    expect(await job.kube[KEY]?.list().toArray()).toEqual([]);
  } finally {
    await job.close();
  }
});

test("canI is false for a cluster-scoped custom resource in a Role, after one discovery request, and true with a ClusterRole [K5]", async () => {
  await using job = await jobClientOf(namespace, "asks", { [KEY]: ["list"] });
  const zones = job.kube[KEY];
  expect(await job.kube.canI("list", KEY)).toBe(false);
  await expect(zones?.list().toArray()).rejects.toMatchObject({ code: 403 });
  expect(await job.kube.canI("list", `${KEY}/status`)).toBe(false);
  // This is what would be asked of a resource that has one.
  expect(await job.kube.canI("list", KEY, { namespace: namespace.name })).toBe(true);
  await namespace.kubectl.text(["create", "clusterrole", `${namespace.name}-asks`, "--verb=list", `--resource=${KEY}`]);
  const to = [`--clusterrole=${namespace.name}-asks`, `--serviceaccount=${namespace.name}:asks`];
  await namespace.kubectl.text(["create", "clusterrolebinding", `${namespace.name}-asks`, ...to]);
  await until("the ClusterRole is known", () => job.kube.canI("list", KEY));
  expect(await zones?.list().toArray()).toEqual([]);
  const uris = (await namespace.requestsOf("asks")).map(({ requestURI }) => requestURI);
  expect(uris.filter((uri) => uri === "/apis")).toHaveLength(1);
});

test("a stuck namespace is removed after its spec's finalizers are removed", async () => {
  const { namespaces } = client.kube;
  const name = `stuck-${randomBytes(3).toString("hex")}`;
  await namespaces.create({ metadata: { name }, spec: { finalizers: ["errand.test/stuck"] } });
  await namespaces.delete(name);
  const stuck = await namespaces.get(name);
  expect(stuck.status.phase).toBe("Terminating");
  await namespaces.updateFinalize({ ...stuck, spec: { finalizers: [] } });
  await namespaces.waitForGone(name, { timeout: PATIENCE });
});

test("a condition in the request's status approves a certificate", async () => {
  const { certificatesigningrequests: requests } = client.kube;
  const name = `asks-${randomBytes(3).toString("hex")}`;
  const key = join(folder, "key.pem");
  const made = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-subj"];
  const request = await mustRun(["openssl", ...made, "/CN=eve"]);
  const spec = { request: btoa(request), signerName: "errand.test/nobody", usages: ["client auth" as const] };
  const asked = await requests.create({ metadata: { name }, spec });
  const condition = { type: "Approved", status: "True", reason: "Tested", message: "by a test" };
  const { status } = await requests.updateApproval({ ...asked, status: { conditions: [condition] } });
  expect(status.conditions).toMatchObject([condition]);
  await requests.delete(name);
});
