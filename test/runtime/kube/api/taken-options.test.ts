import { afterEach, describe, expect, it } from "vitest";
import type { Access, Verb } from "../../../../runtime/job/access.ts";
import { connect } from "../../../../runtime/kube/connect.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { jobClient, pod, podList } from "../server/job-client.ts";
import { type Answer, json, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

const EVERY_VERB = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;
const ACCESS = {
  pods: EVERY_VERB,
  deployments: EVERY_VERB,
  events: ["create"],
  "pods/log": ["get"],
  "pods/eviction": ["create"],
  "pods/exec": ["create", "get"],
  "pods/attach": ["create", "get"],
  "pods/portforward": ["create", "get"],
  "pods/binding": ["create"],
  "pods/resize": ["patch"],
  "pods/ephemeralcontainers": ["patch"],
  "pods/proxy": ["get", "create", "delete"],
  "deployments/status": ["get", "update", "patch"],
  "deployments/scale": ["get", "update", "patch"],
  "serviceaccounts/token": ["create"],
  "namespaces/finalize": ["update"],
  "certificatesigningrequests/approval": ["update"],
  "/metrics": ["get"],
} as const;

type Method = (...args: unknown[]) => unknown;
type Resource = "namespaces" | "certificatesigningrequests" | "pods" | "deployments" | "serviceaccounts" | "events";
type OfKube = "readPath" | "readMetrics" | "versions" | "canI" | "reviewAccess" | "ownerOf" | "ownersOf" | "forEach";
type AnyKube = Readonly<Record<Resource, Readonly<Record<string, Method>>>> & Readonly<Record<OfKube, Method>>;

const ABOUT = { metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "7" } };
const SCALE = { ...ABOUT, spec: { replicas: 2 } };
const OWNED = {
  metadata: {
    ...ABOUT.metadata,
    ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "top", uid: "t", controller: true }],
  },
};
const EVENT = { reason: "Looked", message: "at it" };

/** Calls of each method with options. */
const CALLS: Readonly<Record<string, (kube: AnyKube, options: object) => unknown>> = {
  get: ({ pods }, options) => pods.get?.("web", options),
  list: ({ pods }, options) => pods.list?.(options),
  listMetadata: ({ pods }, options) => pods.listMetadata?.(options),
  listTable: ({ pods }, options) => pods.listTable?.(options),
  watch: ({ pods }, options) => pods.watch?.(options),
  watchMetadata: ({ pods }, options) => pods.watchMetadata?.(options),
  reflect: ({ pods }, options) => pods.reflect?.(options),
  waitFor: ({ pods }, options) => pods.waitFor?.("web", () => true, options),
  waitForGone: ({ pods }, options) => pods.waitForGone?.("web", options),
  create: ({ pods }, options) => pods.create?.({ metadata: { name: "web" } }, options),
  update: ({ pods }, options) => pods.update?.(ABOUT, options),
  modify: ({ pods }, options) => pods.modify?.("web", (one: unknown) => one, options),
  patch: ({ pods }, options) => pods.patch?.(ABOUT, { spec: {} }, options),
  apply: ({ pods }, options) => pods.apply?.({ metadata: { name: "web" } }, options),
  delete: ({ pods }, options) => pods.delete?.(ABOUT, options),
  deleteCollection: ({ pods }, options) => pods.deleteCollection?.({ labelSelector: "app=old", ...options }),
  logs: ({ pods }, options) => pods.logs?.("web", options),
  evict: ({ pods }, options) => pods.evict?.(ABOUT, options),
  attach: ({ pods }, options) => pods.attach?.("web", options),
  exec: ({ pods }, options) => pods.exec?.("web", ["ls"], options),
  portForward: ({ pods }, options) => pods.portForward?.("web", 80, options),
  bind: ({ pods }, options) => pods.bind?.("web", "node", options),
  resize: ({ pods }, options) => pods.resize?.(ABOUT, {}, options),
  addEphemeralContainer: ({ pods }, options) => pods.addEphemeralContainer?.("web", {}, options),
  proxy: ({ pods }, options) => pods.proxy?.("web", "/healthz", options),
  proxyMetrics: ({ pods }, options) => pods.proxyMetrics?.("web", "/metrics", options),
  restart: ({ deployments }, options) => deployments.restart?.("web", options),
  getStatus: ({ deployments }, options) => deployments.getStatus?.("web", options),
  updateStatus: ({ deployments }, options) => deployments.updateStatus?.(ABOUT, options),
  updateFinalize: ({ namespaces }, options) => namespaces.updateFinalize?.(ABOUT, options),
  updateApproval: ({ certificatesigningrequests: csrs }, options) => csrs.updateApproval?.(ABOUT, options),
  patchStatus: ({ deployments }, options) => deployments.patchStatus?.("web", {}, options),
  getScale: ({ deployments }, options) => deployments.getScale?.("web", options),
  updateScale: ({ deployments }, options) => deployments.updateScale?.(SCALE, options),
  scale: ({ deployments }, options) => deployments.scale?.("web", 2, options),
  createToken: ({ serviceaccounts }, options) => serviceaccounts.createToken?.("web", options),
  record: ({ events }, options) => events.record?.(ABOUT, EVENT, options),
  readPath: (kube, options) => kube.readPath("/metrics", options),
  readMetrics: (kube, options) => kube.readMetrics("/metrics", options),
  versions: (kube, options) => kube.versions(options),
  canI: (kube, options) => kube.canI("get", "pods", options),
  reviewAccess: (kube, options) => kube.reviewAccess("get", "pods", options),
  ownerOf: (kube, options) => kube.ownerOf(OWNED, options),
  ownersOf: (kube, options) => kube.ownersOf(OWNED, options),
  forEach: (kube, options) => kube.forEach([1], async () => {}, options),
};

/** The parts of a request, each with a harmful value. */
const FIELDS: Required<KubeRequest> = {
  method: "DELETE",
  path: "/api/v1/namespaces/shop/secrets/login",
  query: [["dryRun", ""]],
  headers: { "impersonate-user": "admin" },
  body: '{"kind":"DeleteOptions"}',
  attributes: { verb: "get", group: "", version: "v1", resource: "pods", namespace: "shop", name: "web" },
  stream: true,
  chunked: true,
  uid: "u",
  idempotent: true,
  dryRun: true,
  upgrade: "websocket",
  certificate: { certificate: "", key: "" },
  count: 0,
  attempt: 9,
  signal: new AbortController().signal,
};

/** The fields that are options of a method as well, and then mean what its documentation says. */
function isOption(method: string, field: string): boolean {
  if (field === "signal") return true;
  if (field === "query") return ["proxy", "proxyMetrics", "readPath", "readMetrics"].includes(method);
  if (field === "method" || field === "body") return method === "proxy";
  const reads = /^(get|list|watch|wait|reflect|logs|read|versions|canI|reviewAccess|owner|forEach|createToken|proxyM)/;
  return field === "dryRun" && !reads.test(method);
}

/** Reads the result of a call to its end, ignoring errors from the answer. */
async function done(call: () => unknown): Promise<unknown> {
  try {
    const given = await call();
    if (typeof given === "object" && given !== null && Symbol.asyncIterator in given) {
      for await (const _each of given as AsyncIterable<unknown>);
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

const answer: Answer = (response, request, socket) => {
  const { target, method } = request;
  if (target.includes("watch=true")) return status(403, "Forbidden", "no watch here")(response, request, socket);
  const isList = method !== "POST" && /\/pods\?/.test(target);
  return json(200, isList ? podList(["web"]) : { ...pod("web"), spec: { replicas: 1 }, status: {} })(
    response,
    request,
    socket,
  );
};

/** What arrived, without what is another each time. */
function sent(server: ScriptedServer, from: number): readonly unknown[] {
  return server.requests.slice(from).map(({ method, target, headers, body }) => {
    const { "sec-websocket-key": _key, ...kept } = headers;
    const text = body.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "now").replace(/"web\.[0-9a-f]+"/, '"event"');
    return { method, target: target.replace(/timeoutSeconds=\d+/, "timeoutSeconds"), headers: kept, body: text };
  });
}

describe("an unknown option", () => {
  it("is tested with every method of the client", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    const kube = client.kube as unknown as Readonly<Record<string, object>>;
    const parts = [kube, kube.pods, kube.deployments, kube.serviceaccounts, kube.events];
    const names = parts.flatMap((part) =>
      Object.entries(part ?? {}).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
    );
    const others = ["inNamespace"];
    expect([...new Set(names)].filter((name) => !others.includes(name)).sort()).toEqual(Object.keys(CALLS).sort());
  });

  it.each(Object.keys(CALLS))("is refused by name, and does not affect other calls: %s", async (method) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    server.otherwise(answer);
    const call = CALLS[method] as (kube: AnyKube, options: object) => unknown;
    const kube = client.kube as unknown as AnyKube;
    await done(() => call(kube, {}));
    const usual = sent(server, 0);
    if (method !== "forEach") expect(usual).not.toHaveLength(0);
    for (const [field, value] of Object.entries(FIELDS)) {
      if (isOption(method, field)) continue;
      const before = server.requests.length;
      const error = await done(() => call(kube, { [field]: value }));
      expect(error, field).toBeInstanceOf(TypeError);
      expect(String(error)).toContain(`${method} has no option "${field}": it takes signal`);
      expect(server.requests).toHaveLength(before);
    }
    const before = server.requests.length;
    await done(() => call(kube, { signal: FIELDS.signal }));
    expect(sent(server, before)).toEqual(usual);
  });

  it("is refused by connect as well", async () => {
    await using server = await startScriptedServer();
    await expect(connect(server.config(), { dryrun: true } as object)).rejects.toThrow(
      'connect has no option "dryrun"',
    );
  });
});

describe("an argument of a call", () => {
  afterEach(() => {
    for (const name of ["all", "dryRun", "method", "count", "headers"]) Reflect.deleteProperty(Object.prototype, name);
  });

  it("is read once, so that a getter cannot return different values to a check and to the request", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["deletecollection"] });
    server.otherwise(json(200, podList([])));
    let reads = 0;
    const options = {
      get labelSelector() {
        reads += 1;
        return reads === 1 ? "app=old" : "app";
      },
    };
    await client.kube.pods.deleteCollection(options);
    expect(reads).toBe(1);
    for (const { target } of server.requests) expect(target).toContain("labelSelector=app%3Dold&");
  });

  it("is unaffected by later changes, even nested ones", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["deletecollection"] });
    const options = {
      labelSelector: { matchLabels: { app: "old" } as Record<string, string> },
      preconditions: { uid: "u" } as { uid?: string },
    };
    server.otherwise((...parts) => {
      options.labelSelector.matchLabels = { app: "other" };
      Reflect.deleteProperty(options.preconditions, "uid");
      json(200, podList(["a"], { resourceVersion: "90" }))(...parts);
    });
    await client.kube.pods.deleteCollection(options);
    expect(server.requests).toHaveLength(2);
    for (const { target, body } of server.requests) {
      expect(target).toContain("labelSelector=app%3Dold&");
      expect(JSON.parse(body).preconditions).toEqual({ uid: "u" });
    }
  });

  it.each<[string, object]>([
    ["a dry run stays one", { dryRun: true }],
    ["a limit counts", { count: 0 }],
    ["the caller is who he is", { headers: { "impersonate-user": "admin" } }],
  ])("is not read from Object.prototype: %s", async (_case, left) => {
    await using server = await startScriptedServer();
    server.otherwise(json(200, pod("web")));
    await using rehearsal = jobClient(server, { pods: ["delete"] }, { dryRun: true });
    await using real = jobClient(server, { pods: ["delete"] }, { limits: { delete: 1 } });
    Object.assign(Object.prototype, left);
    await rehearsal.kube.pods.delete("one");
    await real.kube.pods.delete("two", { dryRun: true });
    await real.kube.pods.delete("three");
    await expect(real.kube.pods.delete("four")).rejects.toThrow("the limit is 1");
    const seen = server.requests.map(({ target }) => target.slice(target.lastIndexOf("/") + 1));
    expect(seen).toEqual(["one?dryRun=All", "two?dryRun=All", "three"]);
    expect(server.requests.every(({ headers }) => headers["impersonate-user"] === undefined)).toBe(true);
  });

  it("is never a value from Object.prototype", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["deletecollection"], "pods/proxy": ["get", "delete"] });
    server.otherwise(json(200, pod("web")));
    Object.assign(Object.prototype, { all: true, method: "DELETE" });
    await expect(client.kube.pods.deleteCollection({} as { all: true })).rejects.toThrow("{ all: true }");
    await client.kube.pods.proxy("web", "/");
    expect(server.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("keeps the preconditions of an object whatever its patch does when serialized as JSON", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["patch"] });
    server.otherwise(json(200, pod("web")));
    await client.kube.pods.patch(ABOUT, { spec: {}, toJSON: () => ({ spec: { more: 1 } }) });
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({
      spec: { more: 1 },
      metadata: { uid: "u", resourceVersion: "7" },
    });
  });

  it("is written to the checked namespace, whatever a getter returns later", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { configmaps: ["create"] });
    server.otherwise(json(201, pod("web")));
    let reads = 0;
    const metadata = {
      name: "web",
      get namespace() {
        reads += 1;
        return reads === 1 ? "shop" : "kube-system";
      },
    };
    await client.kube.configmaps.create({ metadata });
    expect(server.requests[0]?.target).toContain("/namespaces/shop/configmaps");
    expect(JSON.parse(server.requests[0]?.body ?? "").metadata.namespace).toBe("shop");
  });

  it.each([
    ["an object that is another text each time", { toString: () => "web" }],
    ["a text object", Object("web")],
    ["what could be awaited", Promise.resolve("web")],
    ["a list", ["web"]],
  ])("is not a valid name or path if it is %s", async (_what, name) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ACCESS);
    const { pods, serviceaccounts, readPath } = client.kube as unknown as AnyKube;
    const calls = [
      () => pods.get?.(name),
      () => pods.delete?.(name),
      () => pods.waitForGone?.(name),
      () => pods.proxy?.(name, "/"),
      () => pods.proxy?.("web", name),
      () => serviceaccounts.createToken?.(name),
      () => readPath(name),
    ];
    for (const call of calls) expect(await done(call)).toBeInstanceOf(RangeError);
    expect(await done(() => serviceaccounts.createToken?.())).toBeInstanceOf(RangeError);
    expect(server.requests).toHaveLength(0);
  });

  it("is checked against the access at the start of the run, whatever the job changes later", async () => {
    await using server = await startScriptedServer();
    const verbs: Verb[] = ["list"];
    const names = ["web"];
    await using client = jobClient<Access>(server, { pods: verbs, configmaps: { verbs: ["get"], names } });
    verbs.push("delete");
    names.push("other");
    const { pods, configmaps } = client.kube as unknown as Record<string, AnyKube["pods"]>;
    expect(await done(() => pods?.delete?.("web"))).toMatchObject({ reason: "NotDeclared" });
    expect(await done(() => configmaps?.get?.("other"))).toMatchObject({ reason: "NotDeclared" });
    expect(server.requests).toHaveLength(0);
  });

  it("is not a valid precondition if it is null, and the call is refused", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["delete"] });
    const target = { metadata: { name: "web", uid: null as unknown as string } };
    await expect(client.kube.pods.delete(target)).rejects.toThrow("must be non-empty strings");
    expect(server.requests).toHaveLength(0);
  });
});
