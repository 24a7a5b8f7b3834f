import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import type { ClusterConfig } from "../../../runtime/kube/config/cluster-config.ts";
import { base64, type ConnectedClient, parseYaml, quantity } from "../../../runtime/kube/connect.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import { deleteCollectionRequest } from "../../../runtime/kube/requests/writes.ts";
import type { Scale } from "../../../runtime/kube/surface/call-results.ts";
import type { ObjectOf } from "../../../runtime/kube/surface/kube.ts";
import { jobClient } from "../../runtime/kube/server/job-client.ts";
import { startScriptedServer } from "../../runtime/kube/server/scripted-server.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, adminConfig } from "./real-client.ts";

const SELECTOR = { matchLabels: { app: "web" } };
const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "none" }] } };
const WORKLOAD = { replicas: 0, selector: SELECTOR, template: TEMPLATE };

let namespace: TestNamespace;
let client: ConnectedClient;
let config: ClusterConfig;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-objects");
  client = await adminClient(namespace);
  config = await adminConfig(namespace);
});

afterAll(async () => {
  await client.close();
  await namespace.delete();
});

describe("the client's errors on a real server", () => {
  it("distinguish two reasons with the same code, and contain the request and its audit id [E1] [E2] [E9]", async () => {
    const { configmaps } = client.kube;
    const made = await configmaps.create({ metadata: { name: "twice" } });
    await expect(configmaps.create({ metadata: { name: "twice" } })).rejects.toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: expect.stringMatching(/^create configmaps in namespace .*configmaps "twice" already exists$/),
      details: { name: "twice", kind: "configmaps" },
      auditId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      flowSchemaUid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await configmaps.patch("twice", { data: { a: "1" } });
    await expect(configmaps.update(made)).rejects.toMatchObject({ code: 409, reason: "Conflict" });
  });

  it("are typed for a representation or a body type that the server does not support [G3]", async () => {
    const connection = createConnection(await adminConfig(namespace));
    const path = `/api/v1/namespaces/${namespace.name}/configmaps`;
    const ask = (method: "GET" | "POST", headers: Record<string, string>) =>
      connection.send({ method, path, query: [], headers, ...(method === "GET" ? {} : { body: "{}" }) });
    try {
      await expect(ask("GET", { accept: "text/html" })).rejects.toMatchObject({ code: 406, reason: "NotAcceptable" });
      await expect(ask("POST", { "content-type": "text/plain" })).rejects.toMatchObject({
        code: 415,
        reason: "UnsupportedMediaType",
      });
    } finally {
      await connection.close();
    }
  });

  it("are thrown at once for a resourceVersion that is too large [E7]", async () => {
    const connection = createConnection(await adminConfig(namespace));
    try {
      const large = { method: "GET", path: `/api/v1/namespaces/${namespace.name}/configmaps`, headers: {} } as const;
      const query = [
        ["resourceVersion", "9000000000"],
        ["resourceVersionMatch", "NotOlderThan"],
      ] as const;
      await expect(connection.send({ ...large, query })).rejects.toMatchObject({
        code: 504,
        causes: [{ reason: "ResourceVersionTooLarge" }],
      });
      expect(connection.stats).toMatchObject({ requests: 1, retries: 0 });
    } finally {
      await connection.close();
    }
  });
});

describe("the client's writes on a real server", () => {
  it("patch in each type that the server supports [I1]", async () => {
    const { deployments } = client.kube;
    await deployments.create({ metadata: { name: "patched" }, spec: WORKLOAD });
    const image = { spec: { template: { spec: { containers: [{ name: "main", image: "other" }] } } } };
    const containers = async () => (await deployments.get("patched")).spec?.template.spec?.containers;
    await deployments.patch(
      "patched",
      { spec: { template: { spec: { containers: [{ name: "side", image: "none" }] } } } },
      { type: "strategic" },
    );
    expect((await containers())?.map(({ name }) => name).sort()).toEqual(["main", "side"]);
    await deployments.patch("patched", image, { type: "merge" });
    expect((await containers())?.map((one) => one.image)).toEqual(["other"]);
    const test = { op: "test", path: "/spec/replicas", value: 0 } as const;
    await deployments.patch("patched", [test, { op: "replace", path: "/spec/replicas", value: 1 }], { type: "json" });
    expect((await deployments.get("patched")).spec?.replicas).toBe(1);
    await expect(deployments.patch("patched", [test], { type: "json" })).rejects.toMatchObject({ reason: "Invalid" });
  });

  it("apply as their own manager, and name the other manager on conflicts [I3] [I4] [I5]", async () => {
    const { configmaps } = client.kube;
    await configmaps.apply({ metadata: { name: "applied" }, data: { color: "blue" } });
    const theirs = { metadata: { name: "applied" }, data: { color: "red" } };
    await expect(configmaps.apply(theirs, { fieldManager: "other" })).rejects.toMatchObject({
      reason: "Conflict",
      causes: [{ reason: "FieldManagerConflict", message: 'conflict with "errand"', field: ".data.color" }],
    });
    expect((await configmaps.apply(theirs, { fieldManager: "other", force: true })).data).toEqual({ color: "red" });
    await configmaps.create({ metadata: { name: "managed" }, data: { b: "1" } });
    await configmaps.patch("managed", { data: { a: "1" } });
    const managers = ((await configmaps.get("managed")).metadata.managedFields ?? []).map(({ manager }) => manager);
    expect(new Set(managers)).toEqual(new Set(["errand"]));
  });

  it("refuse unknown fields, or warn about them if requested [I6] [O3]", async () => {
    const unknown = (name: string) => ({ metadata: { name }, colour: "blue" }) as { metadata: { name: string } };
    await using own = await adminClient(namespace);
    await expect(own.kube.configmaps.create(unknown("strict"))).rejects.toMatchObject({
      reason: "BadRequest",
      message: expect.stringContaining('unknown field "colour"'),
    });
    await own.kube.configmaps.create(unknown("lenient"), { fieldValidation: "Warn" });
    await own.kube.configmaps.patch("lenient", { colour: "red" }, { fieldValidation: "Warn" });
    expect(own.stats.warnings).toEqual(['unknown field "colour"']);
  });

  it("update only the version that was read, unless unconditional [I8]", async () => {
    const { configmaps } = client.kube;
    const made = await configmaps.create({ metadata: { name: "updated" }, data: { a: "1" } });
    await configmaps.update({ ...made, data: { a: "2" } });
    await expect(configmaps.update({ ...made, data: { a: "3" } })).rejects.toMatchObject({ reason: "Conflict" });
    const forced = await configmaps.update({ ...made, data: { a: "4" } }, { unconditional: true });
    expect(forced.data).toEqual({ a: "4" });
  });

  it("delete only the given uid, and a Job together with its pods [I9] [I10]", async () => {
    const { configmaps, jobs, pods } = client.kube;
    const first = await configmaps.create({ metadata: { name: "replaced" } });
    await configmaps.delete("replaced");
    await configmaps.create({ metadata: { name: "replaced" } });
    const uid = first.metadata.uid;
    expect(await configmaps.delete("replaced", { preconditions: { uid } })).toBe("changed");
    expect(await configmaps.delete(first)).toBe("changed");
    const security = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] as string[] },
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    } as const;
    const containers = [{ name: "main", image: "none", securityContext: security }];
    await jobs.create({
      metadata: { name: "owner" },
      spec: { template: { spec: { restartPolicy: "Never", schedulerName: "nobody", containers } } },
    });
    const labelSelector = "batch.kubernetes.io/job-name=owner";
    let pod = "";
    for await (const event of pods.watch({ labelSelector })) {
      if (event.type !== "ADDED") continue;
      pod = event.object.metadata.name;
      break;
    }
    await jobs.delete("owner");
    await pods.waitForGone(pod, { timeout: PATIENCE });
    // A controller that has not heard of the Job's end yet may have made another, which goes as well.
    await until("no pod of the Job is left", async () => (await pods.list({ labelSelector }).toArray()).length === 0);
  });

  /** Reads and writes the scale, again after a conflict with the controller, which writes the Deployment's status. */
  async function updateScale(name: string, replicas: number) {
    const { deployments } = client.kube;
    let written: Scale | undefined;
    await until(`${name} has a scale of ${replicas}`, async () => {
      const scale = await deployments.getScale(name);
      written = await deployments.updateScale({ ...scale, spec: { replicas } }).catch((error: unknown) => {
        if (hasReason(error, "Conflict")) return undefined;
        throw error;
      });
      return written !== undefined;
    });
    return written;
  }

  it("scale to 0 and change the status only through their subresources [I13] [I14]", async () => {
    const { deployments } = client.kube;
    await deployments.create({ metadata: { name: "scaled" }, spec: { ...WORKLOAD, paused: true, replicas: 2 } });
    expect(await deployments.scale("scaled", 0)).toMatchObject({ kind: "Scale", spec: {} });
    expect((await deployments.get("scaled")).spec?.replicas).toBe(0);
    const first = await deployments.getScale("scaled");
    expect(await updateScale("scaled", 3)).toMatchObject({ spec: { replicas: 3 } });
    const late = deployments.updateScale({ ...first, spec: { replicas: 4 } });
    await expect(late).rejects.toMatchObject({ reason: "Conflict" });
    expect(await updateScale("scaled", 0)).toMatchObject({ kind: "Scale", spec: {} });
    const before = await deployments.get("scaled");
    await deployments.patchStatus("scaled", { collisionCount: 7 });
    const after = await deployments.getStatus("scaled");
    expect(after.status.collisionCount).toBe(7);
    expect(after.spec).toEqual(before.spec);
  });

  it("delete only the selected objects of a collection [I11]", async () => {
    const { configmaps } = client.kube;
    for (const name of ["c-1", "c-2", "c-3"]) {
      await configmaps.create({ metadata: { name, labels: { kept: String(name === "c-2") } } });
    }
    expect(await configmaps.deleteCollection({ labelSelector: { matchLabels: { kept: "false" } } })).toBe(2);
    expect((await configmaps.list({ labelSelector: "kept" }).toArray()).map((one) => one.metadata.name)).toEqual([
      "c-2",
    ]);
  });

  it("delete a collection page by page, and nothing if it exceeds the limit [I11]", async () => {
    const { configmaps } = client.kube;
    const labels = { many: "yes" };
    const names = Array.from({ length: 501 }, (_, index) => `many-${String(index).padStart(3, "0")}`);
    await client.kube.forEach(names, async (name) => void (await configmaps.create({ metadata: { name, labels } })));
    const rules = resolveAccess({ configmaps: ["deletecollection"] }, builtinCatalog);
    const bounded = (max: number) =>
      createClient<{ configmaps: ["deletecollection"] }>({ config, rules, limits: { delete: max } });
    const [tooFew, enough] = [bounded(500), bounded(501)];
    try {
      const collection = { labelSelector: { matchLabels: labels } };
      await expect(tooFew.kube.configmaps.deleteCollection(collection)).rejects.toMatchObject({
        name: "LimitExceededError",
      });
      expect(await configmaps.listMetadata(collection).toArray()).toHaveLength(501);
      expect(await enough.kube.configmaps.deleteCollection(collection)).toBe(501);
      expect(enough.stats.mutations).toEqual({ deletecollection: { configmaps: 501 } });
      expect(await configmaps.listMetadata(collection).toArray()).toEqual([]);
    } finally {
      await Promise.all([tooFew.close(), enough.close()]);
    }
  });

  it("repeat a page of a collection with objects deleted since and without new ones [I11]", async () => {
    const connection = createConnection(config);
    const { configmaps } = client.kube;
    const labels = { paged: "yes" };
    const make = (name: string) => configmaps.create({ metadata: { name, labels } });
    const identity = { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true };
    const page = { version: (await make("page-1")).metadata.resourceVersion };
    const request = deleteCollectionRequest(
      identity,
      { namespace: namespace.name },
      { labelSelector: "paged=yes" },
      page,
    );
    const deleted = async () => {
      const { json } = (await connection.send(request)) as {
        json?: { items: { metadata: { name: string } }[]; kind: string };
      };
      return [json?.kind, ...(json?.items ?? []).map(({ metadata }) => metadata.name)];
    };
    try {
      await make("page-2");
      expect(await deleted()).toEqual(["PartialObjectMetadataList", "page-1"]);
      expect(await deleted()).toEqual(["PartialObjectMetadataList", "page-1"]);
      expect((await configmaps.list({ labelSelector: "paged" }).toArray()).map((one) => one.metadata.name)).toEqual([
        "page-2",
      ]);
    } finally {
      await connection.close();
    }
  });

  it("find an object by its label if the answer with its generated name was lost [I15]", async () => {
    await using lossy = await startScriptedServer();
    await using job = jobClient(lossy, { configmaps: ["create"] });
    lossy.answer((_response, { body }, socket) => {
      void client.kube.configmaps.create(JSON.parse(body)).finally(() => socket.destroy());
    });
    const labels = { attempt: "7f3a" };
    const lost = job.kube.configmaps.create({ metadata: { generateName: "report-", labels } });
    await expect(lost).rejects.toMatchObject({ outcomeUnknown: true });
    const found = await client.kube.configmaps.list({ labelSelector: { matchLabels: labels } }).toArray();
    expect(found.map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^report-[a-z0-9]{5}$/)]);
  });
});

describe("what the client reads and writes back on a real server", () => {
  it("keeps integers above 2^53 exact, and unknown fields [N1] [I17]", async () => {
    const { jobs } = client.kube;
    const activeDeadlineSeconds = 9_007_199_254_740_993n as unknown as number;
    const made = await jobs.create({
      metadata: { name: "long" },
      spec: { suspend: true, activeDeadlineSeconds, template: { spec: { ...TEMPLATE.spec, restartPolicy: "Never" } } },
    });
    expect(made.spec.activeDeadlineSeconds).toBe(activeDeadlineSeconds);
    const written = await jobs.modify("long", (job) => ({
      ...job,
      metadata: { ...job.metadata, labels: { seen: "yes" } },
    }));
    expect(written.spec).toEqual(made.spec);
    const seconds = await namespace.kubectl.text([
      "get",
      "job",
      "long",
      "-o",
      "jsonpath={.spec.activeDeadlineSeconds}",
    ]);
    expect(seconds).toBe("9007199254740993");
  });

  it("formats quantities like the server [N2]", async () => {
    const amounts = ["1000m", "1.5Gi", "0.5", "1e3", "12E", "1024Ki", "3000Mi", "100m", "0", "123456789012"];
    const containers = amounts.map((cpu, index) => ({
      name: `c-${index}`,
      image: "none",
      resources: { requests: { cpu } },
    }));
    const { podtemplates } = client.kube;
    const { template } = await podtemplates.create({
      metadata: { name: "amounts" },
      template: { spec: { containers } },
    });
    const written = template.spec?.containers.map(({ resources }) => resources?.requests?.cpu);
    expect(written).toEqual(amounts.map((text) => quantity.canonical(text)));
  });

  it("keeps the bytes of Secrets, and keys named like parts of objects [N4] [N5]", async () => {
    const bytes = randomBytes(1_000);
    await client.kube.secrets.create({ metadata: { name: "bytes" }, data: { blob: base64.encode(bytes) } });
    expect(base64.decode((await client.kube.secrets.get("bytes")).data?.blob ?? "")).toEqual(bytes);
    const data: Record<string, string> = JSON.parse('{ "__proto__": "1", "constructor": "2" }');
    const made = await client.kube.configmaps.create({ metadata: { name: "names" }, data });
    const back = await client.kube.configmaps.update({ ...made, metadata: { ...made.metadata, labels: { a: "b" } } });
    expect(Object.entries(back.data ?? {}).sort()).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  it("applies YAML 1.2 [N7]", async () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: { name: from-yaml }
data: { feature: on, answer: no, version: "1.20", time: 12:30:00 }
`;
    for (const object of await parseYaml<ObjectOf<"configmaps">>(text)) await client.kube.configmaps.apply(object);
    expect((await client.kube.configmaps.get("from-yaml")).data).toEqual({
      feature: "on",
      answer: "no",
      version: "1.20",
      time: "12:30:00",
    });
  });
});
