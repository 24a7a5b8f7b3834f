import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Access, resolveAccess, type Verb } from "../../runtime/job/access.ts";
import { type BuiltinResource, builtinCatalog, builtinResources } from "../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../runtime/kube/client.ts";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { type ConnectedClient, connect } from "../../runtime/kube/connect.ts";
import { adminConfig } from "./client/real-client.ts";
import { type Answer, firstDifference, normalised } from "./differential/answer.ts";
import type { Asked, Asker } from "./differential/asker.ts";
import { LIVES } from "./differential/lives.ts";
import { ours } from "./differential/ours.ts";
import { theirs } from "./differential/theirs.ts";
import { TestNamespace } from "./namespace.ts";

// The same requests through the client and through @kubernetes/client-node, each in a namespace of its own, and what comes back compared.

let mine: TestNamespace;
let other: TestNamespace;
let config: ClusterConfig;
let client: ConnectedClient;
let admin: readonly [Asker, Asker];
let compared = 0;
/** The suite compares a thousand; with a catalog that is empty or half of it it would compare little, and pass. */
const LEAST_COMPARED = 800;

/** All but component statuses, which the server gives in any order. */
const resources = builtinResources().filter(
  ({ resource, verbs }) => verbs.includes("list") && resource !== "componentstatuses",
);
const keyOf = ({ resource, group }: BuiltinResource) => (group === "" ? resource : `${resource}.${group}`);

beforeAll(async () => {
  const access = inject("cluster");
  [mine, other] = await Promise.all([
    TestNamespace.create(access, "diff-ours"),
    TestNamespace.create(access, "diff-theirs"),
  ]);
  config = await adminConfig(mine);
  client = await connect(config, { fieldManager: "errand" });
  admin = [ours(client.kube), theirs(access.kubeconfig, other.name)];
});

afterAll(async () => {
  await client.close();
  await Promise.all([mine.delete(), other.delete()]);
  expect(compared).toBeGreaterThan(LEAST_COMPARED);
  process.stdout.write(`differential: ${compared} requests were answered alike by both clients\n`);
});

/** How long all tests together wait until the cluster is the same for both; a real difference stays one, and uses it up. In milliseconds. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 50;
let waitedMs = 0;

/** Asks both, and again where something else may have changed the cluster between the two: other tests, or a controller. @returns what differs */
async function compare(
  [left, right]: readonly [Asker, Asker],
  resource: BuiltinResource,
  asked: Asked,
): Promise<string[]> {
  const isEverywhere = asked.verb === "list" && asked.everywhere;
  const words = (own: TestNamespace) => (isEverywhere ? {} : { [own.name]: "<namespace>" });
  // What a controller makes of a change may be in the one answer already, and not yet in the other; it is compared by reading it.
  const isRead = asked.verb === "get" || asked.verb === "list";
  const answerOf = (answer: Answer, own: TestNamespace) =>
    normalised(isRead ? answer : withoutStatus(answer), words(own));
  for (;;) {
    const start = performance.now();
    const found = answerOf(await left.ask(resource, asked), mine);
    const difference = firstDifference(found, answerOf(await right.ask(resource, asked), other));
    if (difference === undefined) {
      compared += 1;
      return [];
    }
    if (!isRead || waitedMs > PATIENCE_MS) {
      return [`${asked.verb} ${keyOf(resource)} ${"name" in asked ? asked.name : ""}${difference}`];
    }
    await sleep(PAUSE_MS);
    waitedMs += performance.now() - start;
  }
}

/** A Status says in its field of that name how the request ended; everything else has there what controllers say. */
function withoutStatus(answer: Answer): Answer {
  if ("error" in answer || typeof answer.value !== "object") return answer;
  const { status, ...rest } = answer.value as { readonly status?: unknown };
  return { value: typeof status === "string" ? { ...rest, status } : rest };
}

async function compareAll(
  askers: readonly [Asker, Asker],
  of: readonly BuiltinResource[],
  asked: (one: BuiltinResource) => Asked,
): Promise<void> {
  const differences: string[] = [];
  for (const one of of) differences.push(...(await compare(askers, one, asked(one))));
  expect(differences).toEqual([]);
}

const can = (verb: string) => resources.filter(({ verbs }) => verbs.includes(verb));

test("list is identical for every resource, in all namespaces", () =>
  compareAll(admin, resources, () => ({ verb: "list", everywhere: true })));

// What controllers make for each of the two namespaces is named by chance: events, and the slices of the Services that other tests create.
test("list is identical for every resource of a namespace, except events and endpoint slices", () =>
  compareAll(
    admin,
    resources.filter(({ namespaced, resource }) => namespaced && !["events", "endpointslices"].includes(resource)),
    () => ({ verb: "list" }),
  ));

test.each([1, 3, 7])("list is identical in pages of %i", (limit) =>
  compareAll(
    admin,
    can("list").filter(({ resource }) => /^(clusterroles|clusterrolebindings|flowschemas|namespaces)$/.test(resource)),
    () => ({
      verb: "list",
      everywhere: true,
      limit,
    }),
  ),
);

test("get is identical for the first object of every list", async () => {
  for (const one of can("get").filter(({ namespaced }) => !namespaced)) {
    const { kube } = client as unknown as {
      kube: Record<string, { list(options: object): AsyncIterable<{ metadata: { name: string } }> }>;
    };
    for await (const { metadata } of kube[keyOf(one)]?.list({ limit: 1 }) ?? []) {
      expect(await compare(admin, one, { verb: "get", name: metadata.name })).toEqual([]);
      break;
    }
  }
});

test("get, patch and delete are identical for missing objects", async () => {
  await compareAll(admin, can("get"), () => ({ verb: "get", name: "not-there" }));
  await compareAll(admin, can("patch"), () => ({
    verb: "patch",
    name: "not-there",
    type: "merge",
    patch: { metadata: { labels: { a: "b" } } },
  }));
  await compareAll(admin, can("delete"), () => ({ verb: "delete", name: "not-there" }));
});

test("every answer is identical for a service account without rights", async () => {
  const tokens = await Promise.all([mine, other].map(({ kubectl }) => kubectl.text(["create", "token", "default"])));
  const [token = "", theirToken = ""] = tokens.map((text) => text.trim());
  const { clientCertificate: _certificate, clientKey: _key, ...anonymous } = config;
  await using powerless = await connect({ ...anonymous, token: { get: async () => token } });
  const both = [ours(powerless.kube), theirs(other.access.kubeconfig, other.name, { token: theirToken })] as const;
  const namespaced = resources.filter((one) => one.namespaced);
  await compareAll(both, namespaced, () => ({ verb: "list" }));
  await compareAll(both, can("get"), () => ({ verb: "get", name: "any" }));
  await compareAll(both, can("create"), () => ({ verb: "create", object: { metadata: { name: "any" } } }));
});

test("create is identical in a dry run for an object with nothing but a name, of every resource", async () => {
  const access: Access = Object.fromEntries(resources.map((one) => [keyOf(one), one.verbs as readonly Verb[]]));
  const job = createClient({ config, rules: resolveAccess(access, builtinCatalog), scope: "cluster", dryRun: true });
  try {
    const both = [ours(job.kube), theirs(other.access.kubeconfig, other.name, { dryRun: true })] as const;
    await compareAll(both, can("create"), () => ({ verb: "create", object: { metadata: { name: "dry-run" } } }));
    await compareAll(admin, can("get"), () => ({ verb: "get", name: "dry-run" }));
  } finally {
    await job.close();
  }
});

test.each([
  { labelSelector: "app=web" },
  { labelSelector: "app in (web,db),tier notin (front)" },
  { labelSelector: "!app" },
  { labelSelector: "app" },
  { labelSelector: "app==web==db" },
  { labelSelector: "a b" },
  { fieldSelector: "metadata.name=one" },
  { fieldSelector: "metadata.name!=one" },
  { fieldSelector: "spec.nothing=one" },
  { fieldSelector: "metadata.name" },
])("list is identical for the selector %j", async (selection) => {
  const of = ["configmaps", "services"].map((key) => builtinCatalog.find(key) as BuiltinResource);
  await compareAll(admin, of, () => ({ verb: "list", ...selection }));
});

test.each(Object.entries(LIVES))("the life cycle of %s is identical, from creation to deletion", async (key, more) => {
  const resource = builtinCatalog.find(key) as BuiltinResource;
  const metadata = { name: "one", labels: { app: "web", life: key } };
  const object = { ...more, metadata };
  const differences: string[] = [];
  const both = async (asked: Asked) => void differences.push(...(await compare(admin, resource, asked)));
  const labels = (value: string | null) => ({ metadata: { labels: { tier: value } } });
  await both({ verb: "create", object });
  await both({ verb: "create", object });
  await both({ verb: "get", name: "one" });
  await both({ verb: "list", labelSelector: `life=${key}` });
  await both({ verb: "patch", name: "one", type: "merge", patch: labels("front") });
  await both({ verb: "patch", name: "one", type: "strategic", patch: labels("back") });
  await both({ verb: "patch", name: "one", type: "merge", patch: labels(null) });
  await both({ verb: "get", name: "one" });
  const annotations = { op: "add", path: "/metadata/annotations", value: { "example.test/a": "b" } };
  await both({ verb: "patch", name: "one", type: "json", patch: [annotations] });
  await both({ verb: "patch", name: "one", type: "json", patch: [{ op: "remove", path: "/metadata/none" }] });
  await both({ verb: "patch", name: "one", type: "merge", patch: { metadata: { labels: { "a b": "c" } } } });
  await both({ verb: "update", object: { ...object, metadata: { ...metadata, resourceVersion: "1" } } });
  await both({ verb: "update", object: { ...object, metadata: { ...metadata, name: "two", resourceVersion: "1" } } });
  await both({ verb: "apply", object: { ...more, metadata: { name: "one", labels: { app: "applied" } } } });
  await both({ verb: "apply", object: { ...more, metadata: { name: "three", labels: { app: "new" } } } });
  await both({ verb: "get", name: "three" });
  await both({ verb: "delete", name: "one" });
  await both({ verb: "delete", name: "three" });
  expect(differences).toEqual([]);
});

test("scale and status are identical for everything with replicas", async () => {
  const differences: string[] = [];
  for (const key of ["deployments", "replicasets", "statefulsets"]) {
    const resource = builtinCatalog.find(key) as BuiltinResource;
    const asked: readonly Asked[] = [
      { verb: "create", object: { ...LIVES[key], metadata: { name: "scaled" } } },
      { verb: "getScale", name: "scaled" },
      { verb: "scale", name: "scaled", replicas: 0 },
      { verb: "getStatus", name: "not-there" },
      { verb: "getScale", name: "not-there" },
      { verb: "scale", name: "not-there", replicas: 1 },
      { verb: "delete", name: "scaled" },
    ];
    for (const one of asked) differences.push(...(await compare(admin, resource, one)));
  }
  expect(differences).toEqual([]);
});
