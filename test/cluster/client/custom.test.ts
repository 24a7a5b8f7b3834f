import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { createConnection } from "../../../runtime/kube/connection.ts";
import { eachOf } from "../../../runtime/kube/decode/each-of.ts";
import type { KubeRequest } from "../../../runtime/kube/request.ts";
import { sleep } from "../../../runtime/kube/steps/sleep.ts";
import type { Trace } from "../../../runtime/kube/steps/trace.ts";
import { identityMemory, Tracker } from "../../../runtime/kube/watch/tracker.ts";
import { watchBatches } from "../../../runtime/kube/watch/watch-objects.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, adminConfig } from "./real-client.ts";

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

test("a custom resource is found by one aggregated request once it is served, and is unknown before [K1] [K4] [J8]", async () => {
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

test("a strategic patch of a custom resource is refused in words [I2]", async () => {
  const patch = widgets().patch("one", { spec: { size: 1 } }, { type: "strategic" });
  await expect(patch).rejects.toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
  await widgets().patch("one", { spec: { size: 1 } }, { type: "merge" });
  expect(await widgets().get("one")).toMatchObject({ spec: { size: 1 } });
});

test("a watch whose version the server no longer knows goes through everything again, and tells nothing twice [H12]", async () => {
  const connection = createConnection(await adminConfig(namespace));
  const identity = { group: GROUP, version: "v1", resource: "widgets", kind: "Widget", namespaced: true };
  const asked: string[] = [];
  // The first watch names a version from before the definition, of which the server keeps nothing.
  const asOld = (request: KubeRequest): KubeRequest => ({
    ...request,
    query: request.query.map(([name, value]) => [name, name === "resourceVersion" ? "1" : value]),
  });
  const seen: string[] = [];
  try {
    const batches = watchBatches({
      send: (request) => {
        const verb = request.subject?.verb ?? "";
        asked.push(verb);
        return connection.send(verb === "watch" && asked.length === 2 ? asOld(request) : request);
      },
      identity,
      place: { namespace: namespace.name },
      selection: {},
      tracker: new Tracker(identityMemory),
      features: { canStreamInitialEvents: false },
      signal: undefined,
      sleep,
    });
    for await (const event of eachOf(batches)) {
      seen.push(event.type === "SYNCED" ? event.type : `${event.type} ${event.object.metadata?.name}`);
      if (event.type === "SYNCED") await widgets().create({ metadata: { name: "two" } });
      if (seen.length === 3) break;
    }
  } finally {
    await connection.close();
  }
  expect(seen).toEqual(["ADDED one", "SYNCED", "ADDED two"]);
  expect(asked.slice(0, 3)).toEqual(["list", "watch", "list"]);
});
