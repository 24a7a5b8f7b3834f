import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { eachOf } from "../../../runtime/kube/list/each-of.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import type { Trace } from "../../../runtime/kube/pipeline/stats.ts";
import type { KubeRequest } from "../../../runtime/kube/requests/request.ts";
import { sleep } from "../../../runtime/kube/values/time.ts";
import { identityMemory, Tracker } from "../../../runtime/kube/watch/tracker.ts";
import { watchBatches } from "../../../runtime/kube/watch/watch-objects.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, adminConfig, jobClientOf } from "./real-client.ts";

/** A group of this run's own, since definitions are of the whole cluster. */
const GROUP = `r${randomBytes(3).toString("hex")}.errand.test`;

let namespace: TestNamespace;
let client: ConnectedClient;
const traces: Trace[] = [];

interface Widgets {
  create(object: object): Promise<{ readonly metadata: { readonly name: string } }>;
  get(name: string): Promise<Record<string, unknown>>;
  update(object: object): Promise<Record<string, unknown>>;
  patch(name: string, patch: object, options: object): Promise<unknown>;
}

const methods = (plural: string) =>
  (client.kube as unknown as Record<string, Widgets>)[`${plural}.${GROUP}`] as Widgets;
const widgets = () => methods("widgets");

/** Defines a resource, and waits until an object of it can be made. */
async function define(plural: string, kind: string, first: object): Promise<void> {
  const openAPIV3Schema = {
    type: "object",
    properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  };
  await client.kube.customresourcedefinitions.create({
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
  const isEstablished = ({ status }: { status?: { conditions?: { type: string; status: string }[] } }) =>
    status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
  await client.kube.customresourcedefinitions.waitFor(`${plural}.${GROUP}`, isEstablished, { timeout: PATIENCE });
  // Established says that names are accepted; discovery follows a moment later.
  await until(`${plural} are served`, () =>
    methods(plural)
      .create(first)
      .then(
        () => true,
        () => false,
      ),
  );
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-custom");
  client = await adminClient(namespace, { onRequest: (one) => traces.push(one) });
  await define("widgets", "Widget", { metadata: { name: "one" }, spec: { size: 7 } });
});

afterAll(async () => {
  for (const plural of ["widgets", "gadgets"]) await client.kube.customresourcedefinitions.delete(`${plural}.${GROUP}`);
  await client.close();
  await namespace.delete();
});

test("a custom resource is found by one aggregated request once it is served, and unknown before [K1] [K4] [J8]", async () => {
  await expect(methods("gadgets").get("any")).rejects.toThrow(`the cluster has no resource gadgets.${GROUP}`);
  traces.length = 0;
  const spec = { size: 9_007_199_254_740_993n, nested: { list: [null, 1.5, { deep: "ü" }] } };
  await define("gadgets", "Gadget", { metadata: { name: "one" }, spec });
  expect(traces.filter(({ resource }) => resource === "/apis").length).toBeGreaterThan(0);
  expect(traces.filter(({ resource }) => resource.startsWith("/apis/"))).toEqual([]);
  const read = await methods("gadgets").get("one");
  expect(read).toMatchObject({ kind: "Gadget", apiVersion: `${GROUP}/v1`, spec });
  expect(await methods("gadgets").update(read)).toEqual(read);
});

test("a right to a custom resource is checked in the client's namespace if it is namespaced or not served [K5]", async () => {
  const access = { [`widgets.${GROUP}`]: ["list"], [`unknown.${GROUP}`]: ["list"] } as const;
  await using job = await jobClientOf(namespace, "asks", access);
  for (const key of Object.keys(access)) {
    expect(await job.kube.canI("list", key)).toBe(true);
    expect(await job.kube.canI("delete", key)).toBe(false);
    expect(await job.kube.canI("list", key, { namespace: "" })).toBe(false);
  }
  const { allowed, reason } = await job.kube.reviewAccess("list", `widgets.${GROUP}`);
  expect({ allowed, reason }).toEqual({ allowed: true, reason: expect.stringContaining(`RoleBinding "asks/`) });
});

test("a strategic patch of a custom resource fails with a clear message [I2]", async () => {
  const patch = widgets().patch("one", { spec: { size: 1 } }, { type: "strategic" });
  await expect(patch).rejects.toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
  await widgets().patch("one", { spec: { size: 1 } }, { type: "merge" });
  expect(await widgets().get("one")).toMatchObject({ spec: { size: 1 } });
});

test.each([
  [false, ["list", "watch@1", "list@9000000000 NotOlderThan", "list", "watch@own"]],
  [true, ["watch NotOlderThan", "watch@1", "watch@9000000000 NotOlderThan", "watch NotOlderThan"]],
])(
  "a watch lists again after its version has expired: no older than before, then from the store, without repeated events; streamed: %s [H12] [H13] [E7]",
  async (canStreamInitialEvents, expected) => {
    const connection = createConnection(await adminConfig(namespace));
    const labels = { streamed: String(canStreamInitialEvents) };
    const make = (name: string) => widgets().create({ metadata: { name, labels } });
    // First a version from before the definition, of which the server keeps nothing; then one that it does not have yet.
    const others = ["1", "9000000000"];
    const asked: string[] = [];
    const send = async (request: KubeRequest) => {
      const { resourceVersion: own, ...rest } = Object.fromEntries(request.query);
      if (asked.length === 0 && rest.timeoutSeconds !== undefined) rest.timeoutSeconds = "3";
      const other = own === undefined ? undefined : others.shift();
      const version = own === undefined ? "" : `@${other ?? "own"}`;
      const match = rest.resourceVersionMatch === undefined ? "" : ` ${rest.resourceVersionMatch}`;
      asked.push(`${request.attributes?.verb}${version}${match}`);
      if (asked.length === expected.length) await make(`${labels.streamed}-2`);
      const query = Object.entries({ ...rest, ...(own === undefined ? {} : { resourceVersion: other ?? own }) });
      return connection.send({ ...request, query });
    };
    const seen: string[] = [];
    await make(`${labels.streamed}-1`);
    try {
      const batches = watchBatches({
        send,
        gvr: { group: GROUP, version: "v1", resource: "widgets", kind: "Widget", namespaced: true },
        place: { namespace: namespace.name },
        selection: { labelSelector: { matchLabels: labels } },
        tracker: new Tracker(identityMemory),
        features: { canStreamInitialEvents },
        signal: undefined,
        sleep,
      });
      for await (const event of eachOf(batches)) {
        seen.push(event.type === "SYNCED" ? event.type : `${event.type} ${event.object.metadata?.name}`);
        if (seen.length === 3) break;
      }
    } finally {
      await connection.close();
    }
    expect(seen).toEqual([`ADDED ${labels.streamed}-1`, "SYNCED", `ADDED ${labels.streamed}-2`]);
    expect(asked.slice(0, expected.length)).toEqual(expected);
  },
);
