import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { listRights } from "../../../deploy/diagnose/access/job-rights.ts";
import { type ConnectedClient, connect } from "../../../runtime/kube/connect.ts";
import { clientOver } from "../../../runtime/kube/connected-client.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import { readJson } from "../../../runtime/kube/requests/request.ts";
import { NAMED } from "../../runtime/kube/server/certificates.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, adminConfig, jobClientOf } from "./real-client.ts";

/** Of an authority that the server does not know. */
const OF_NOBODY = { certificate: NAMED, key: NAMED };

let namespace: TestNamespace;
let admin: ConnectedClient;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-rights");
  admin = await adminClient(namespace);
  // Its pods are objects to be changed: none of them runs.
  await namespace.allowAnyPod();
});

afterAll(async () => {
  await admin.close();
  await namespace.delete();
});

describe("a token on a real server", () => {
  it("is refreshed once if the server refuses the old one [B3]", async () => {
    const { serviceaccounts, secrets } = admin.kube;
    const account = await serviceaccounts.create({ metadata: { name: "renewed" } });
    const bound = await secrets.create({ metadata: { name: "bound" } });
    // A token that is bound to an object ends with it.
    const { kubectl } = namespace;
    const to = ["--bound-object-kind=Secret", "--bound-object-name=bound", `--bound-object-uid=${bound.metadata.uid}`];
    const old = (await kubectl.text(["create", "token", "renewed", ...to])).trim();
    await secrets.delete("bound");
    const { token: fresh } = await serviceaccounts.createToken(account.metadata.name);
    // The server hears of the Secret's end a moment later; a token that it has taken until then it takes for ten seconds more.
    await until("the old token is refused", async () => {
      const { status } = await admin.kube.tokenreviews.create({ spec: { token: old } });
      return status?.authenticated !== true;
    });
    const asked: boolean[] = [];
    const { clientCertificate: _certificate, clientKey: _key, ...config } = await adminConfig(namespace);
    const token = {
      get: async ({ refresh = false } = {}) => {
        asked.push(refresh);
        return refresh ? fresh : old;
      },
    };
    await using client = await connect({ ...config, token });
    expect(await client.kube.canI("list", "pods")).toBe(false);
    expect(asked.filter(Boolean)).toEqual([true]);
    await using stranger = await connect({ ...config, token: { get: async () => old } });
    await expect(stranger.kube.canI("list", "pods")).rejects.toMatchObject({ code: 401, reason: "Unauthorized" });
    expect(stranger.stats.requests).toBe(2);
  });
});

describe("a client certificate on a real server", () => {
  it("is refreshed once if the server refuses the old one, and used for new connections [B4] [B3]", async () => {
    const { clientCertificate = "", clientKey = "", ...config } = await adminConfig(namespace);
    let current = OF_NOBODY;
    const certificateSource = {
      get: async ({ refresh = false } = {}) => {
        if (refresh) current = { certificate: clientCertificate, key: clientKey };
        return current;
      },
    };
    await using client = await connect({ ...config, certificateSource });
    const names = await Promise.all(
      ["one", "two", "three"].map(async (name) => {
        const made = await client.kube.configmaps.create({ metadata: { name: `by-certificate-${name}` } });
        return made.metadata.name;
      }),
    );
    expect(names).toHaveLength(3);
    expect(client.stats.requests).toBe(6);
    await using stranger = await connect({ ...config, certificateSource: { get: async () => OF_NOBODY } });
    await expect(stranger.kube.pods.list().toArray()).rejects.toMatchObject({ code: 401 });
    expect(stranger.stats.requests).toBe(2);
  });
});

describe("rights on a real server", () => {
  it("can be checked before use, with subresource and name [K5]", async () => {
    await using job = await jobClientOf(namespace, "asker", {
      "pods/log": ["get"],
      secrets: { verbs: ["get"], names: ["mine"] },
    });
    const answers = [
      await job.kube.canI("get", "pods/log"),
      await job.kube.canI("get", "pods"),
      await job.kube.canI("get", "secrets", { name: "mine" }),
      await job.kube.canI("get", "secrets", { name: "theirs" }),
      await job.kube.canI("get", "pods/log", { namespace: "default" }),
    ];
    expect(answers).toEqual([true, false, true, false, false]);
  });

  it("are denied if a Role names a cluster-scoped resource, except for its own namespace [K5]", async () => {
    const access = { nodes: ["list"], namespaces: ["get", "list"], clusterroles: ["get"] } as const;
    await using job = await jobClientOf(namespace, "cluster-scoped", access);
    const { kube } = job;
    expect(await kube.canI("list", "nodes")).toBe(false);
    await expect(kube.nodes.list().toArray()).rejects.toMatchObject({ code: 403 });
    expect(await kube.canI("get", "clusterroles", { name: "view" })).toBe(false);
    await expect(kube.clusterroles.get("view")).rejects.toMatchObject({ code: 403 });
    expect(await kube.canI("list", "namespaces")).toBe(false);
    await expect(kube.namespaces.list().toArray()).rejects.toMatchObject({ code: 403 });
    expect(await kube.canI("get", "namespaces", { name: "default" })).toBe(false);
    await expect(kube.namespaces.get("default")).rejects.toMatchObject({ code: 403 });
    expect(await kube.canI("get", "namespaces", { name: namespace.name })).toBe(true);
    expect((await kube.namespaces.get(namespace.name)).metadata.name).toBe(namespace.name);
  });

  it("are explained with the server's reason, allowed or not [K5]", async () => {
    await using job = await jobClientOf(namespace, "reviewer", { pods: ["get"] });
    expect(await job.kube.reviewAccess("get", "pods")).toEqual({
      allowed: true,
      denied: false,
      reason: expect.stringContaining("RoleBinding"),
    });
    expect(await job.kube.reviewAccess("delete", "pods")).toEqual({ allowed: false, denied: false });
    const subject = `--serviceaccount=${namespace.name}:reviewer`;
    await namespace.kubectl.text(["create", "rolebinding", "dangling", "--role=gone", subject]);
    await until("the dangling binding is seen", async () => {
      const { allowed, reason } = await job.kube.reviewAccess("delete", "pods");
      return !allowed && reason?.includes('"gone" not found') === true;
    });
  });

  it("are listed completely for a service account, and reported as incomplete for a node [K6]", async () => {
    await using _job = await jobClientOf(namespace, "listed", { configmaps: ["list"] });
    const connection = createConnection(await adminConfig(namespace));
    const account = { namespace: namespace.name, name: "listed" };
    try {
      const listed = await listRights(
        clientOver(connection.send, { namespace: namespace.name }),
        account,
        namespace.name,
      );
      expect(listed).toMatchObject({ complete: true, rights: [{ group: "", resource: "configmaps", verb: "list" }] });
      const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
      const review = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec: { namespace: "default" },
      };
      const own = await admin.kube.selfsubjectrulesreviews.create({ spec: { namespace: namespace.name } });
      expect(own.status).toMatchObject({
        incomplete: false,
        resourceRules: expect.arrayContaining([expect.anything()]),
      });
      const node = { "impersonate-user": "system:node:node-1", "impersonate-group": "system:nodes" };
      const headers = { "content-type": "application/json", ...node };
      const answer = await connection.send({ method: "POST", path, query: [], headers, body: JSON.stringify(review) });
      expect(await readJson(answer)).toMatchObject({ status: { incomplete: true } });
    } finally {
      await connection.close();
    }
  });

  it("are named with who, what, where and the line to add if the server refuses, and nothing is sent if the guard does [E8] [P2]", async () => {
    await using job = await jobClientOf(namespace, "denied", { configmaps: ["list"] }, { granted: { pods: ["get"] } });
    await expect(job.kube.configmaps.list().toArray()).rejects.toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: expect.stringContaining(
        `service account "${namespace.name}/denied" may not list configmaps in namespace "${namespace.name}"`,
      ),
      hint: expect.stringContaining('configmaps: ["list"]'),
    });
    const undeclared = job.kube as unknown as { pods: { get(name: string): Promise<unknown> } };
    await expect((async () => undeclared.pods.get("any"))()).rejects.toMatchObject({
      reason: "NotDeclared",
      hint: expect.stringContaining('pods: ["get"]'),
    });
    const requests = await namespace.requestsOf("denied");
    expect(requests.map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`)).toEqual(["list 403"]);
  });
});

describe("a job's changes on a real server", () => {
  it("leave objects alone that have changed since they were listed [P1]", async () => {
    const declared = { configmaps: ["list", "delete", "patch"], pods: ["list"], "pods/eviction": ["create"] } as const;
    await using job = await jobClientOf(namespace, "careful", declared);
    await admin.kube.configmaps.create({ metadata: { name: "moved", labels: { careful: "yes" } } });
    const containers = [{ name: "main", image: "none" }];
    await admin.kube.pods.create({ metadata: { name: "moved" }, spec: { schedulerName: "nobody", containers } });
    const [config] = await job.kube.configmaps.list({ labelSelector: "careful" }).toArray();
    const [pod] = await job.kube.pods.list({ fieldSelector: "metadata.name=moved" }).toArray();
    if (config === undefined || pod === undefined) throw new Error("the objects were not listed");
    await admin.kube.configmaps.patch("moved", { data: { a: "1" } });
    await admin.kube.pods.patch("moved", { metadata: { labels: { a: "1" } } });
    expect(await job.kube.configmaps.delete(config)).toBe("changed");
    expect(await job.kube.configmaps.patch(config, { data: { a: "2" } })).toBe("changed");
    expect(await job.kube.pods.evict(pod)).toBe("changed");
    expect((await admin.kube.configmaps.get("moved")).data).toEqual({ a: "1" });
    await admin.kube.configmaps.delete("moved");
    expect(await job.kube.configmaps.delete(config)).toBe("gone");
    expect(job.stats.mutations).toEqual({});
  });

  it("are all dry runs in a dry run, and change nothing [I7] [P3]", async () => {
    const all = ["list", "create", "update", "patch", "delete", "deletecollection"] as const;
    const declared = {
      configmaps: all,
      deployments: ["create", "patch"],
      "deployments/scale": ["patch"],
      "deployments/status": ["patch"],
      "pods/exec": ["get", "create"],
      "pods/eviction": ["create"],
    } as const;
    const before = await admin.kube.configmaps.create({ metadata: { name: "dry" }, data: { a: "1" } });
    const template = { metadata: { labels: { app: "dry" } }, spec: { containers: [{ name: "main", image: "none" }] } };
    const spec = { replicas: 0, selector: { matchLabels: { app: "dry" } }, template };
    const workload = await admin.kube.deployments.create({ metadata: { name: "dry" }, spec });
    await admin.kube.deployments.waitFor("dry", ({ status }) => status.observedGeneration === 1, { timeout: PATIENCE });
    await admin.kube.pods.create({ metadata: { name: "dry" }, spec: { ...template.spec, schedulerName: "nobody" } });
    await using job = await jobClientOf(namespace, "dry", declared, { dryRun: true });
    const { configmaps, deployments, pods } = job.kube;
    await configmaps.create({ metadata: { name: "never" } });
    await configmaps.update({ ...before, data: { a: "2" } });
    await configmaps.patch("dry", { data: { a: "3" } });
    await configmaps.apply({ metadata: { name: "dry" }, data: { b: "4" } });
    await configmaps.delete("dry");
    await configmaps.deleteCollection({ all: true });
    await deployments.scale("dry", 5);
    await deployments.patchStatus("dry", { collisionCount: 3 });
    await deployments.restart("dry");
    await pods.evict("dry");
    await expect(pods.exec("dry", ["true"])).rejects.toMatchObject({ reason: "NoDryRun" });
    expect(await admin.kube.configmaps.get("dry")).toEqual(before);
    const { spec: after, status } = await admin.kube.deployments.get("dry");
    expect([after, status.collisionCount]).toEqual([workload.spec, undefined]);
    expect((await admin.kube.pods.get("dry")).metadata.deletionTimestamp).toBeUndefined();
    const requests = (await namespace.requestsOf("dry")).filter(({ verb }) => verb !== "list");
    expect(requests.length).toBeGreaterThanOrEqual(10);
    expect(requests.filter(({ requestURI }) => !requestURI.includes("dryRun=All"))).toEqual([]);
  });

  it("are all made after priority and fairness refuses them at first, and the waits count as throttled time [P6]", async () => {
    const name = namespace.name;
    const flow = "flowcontrol.apiserver.k8s.io/v1";
    const limited = {
      nominalConcurrencyShares: 1,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: "Reject" },
    };
    const subject = { kind: "ServiceAccount", serviceAccount: { name: "throttled", namespace: name } };
    const resourceRules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"], namespaces: ["*"] }];
    await namespace.kubectl.apply(
      { apiVersion: flow, kind: "PriorityLevelConfiguration", metadata: { name }, spec: { type: "Limited", limited } },
      {
        apiVersion: flow,
        kind: "FlowSchema",
        metadata: { name },
        spec: {
          priorityLevelConfiguration: { name },
          matchingPrecedence: 100,
          rules: [{ subjects: [subject], resourceRules }],
        },
      },
    );
    try {
      await using job = await jobClientOf(namespace, "throttled", { configmaps: ["create"] });
      const schema = (await admin.kube.flowschemas.get(name)).metadata.uid;
      // What is refused as invalid tells which schema it went through; a new one holds a moment after it was stored.
      await until("the flow schema holds", async () => {
        const refused = await job.kube.configmaps.create({ metadata: { name: "Invalid" } }).catch((error) => error);
        return refused.flowSchemaUid === schema;
      });
      const create = () =>
        job.kube.configmaps.create({ metadata: { generateName: "t-", labels: { throttled: "yes" } } });
      let made = 0;
      await until("some were refused at first", async () => {
        // All at once, and the level has three seats. So few that also the last of them gets one, on however slow a server, before it was tried too often.
        made += await job.kube.forEach(Array(12), create, { concurrency: 12 });
        return job.stats.throttledMs > 0;
      });
      expect(job.stats.mutations).toEqual({ create: { configmaps: made } });
      expect(await admin.kube.configmaps.listMetadata({ labelSelector: "throttled" }).toArray()).toHaveLength(made);
    } finally {
      await namespace.kubectl.text(["delete", "flowschema", name]);
      await namespace.kubectl.text(["delete", "prioritylevelconfiguration", name]);
    }
  });
});
