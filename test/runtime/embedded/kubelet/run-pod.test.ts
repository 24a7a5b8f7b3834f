import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runPod } from "../../../../runtime/embedded/kubelet/run-pod.ts";
import { textAt } from "../../../../runtime/embedded/objects/api-object.ts";
import { connect } from "../../../../runtime/kube/connect.ts";
import type { KubeObject } from "../../../../runtime/kube/surface/objects.ts";
import { call, startCluster } from "../cluster-setup.ts";
import { programAndPodSpec, programInPod } from "./pods.ts";

const PODS = { group: "", resource: "pods" };

/** Prints the files and variables that a pod reads. */
const LOOK_AROUND = `
const { readFileSync, readdirSync, statSync } = require("node:fs");
const folder = process.env.ERRAND_SERVICE_ACCOUNT_FOLDER;
const read = (name) => readFileSync(folder + "/" + name, "utf8");
console.log(JSON.stringify({
  files: readdirSync(__dirname).sort(),
  namespace: read("namespace"),
  ca: read("ca.crt").startsWith("-----BEGIN CERTIFICATE-----"),
  mode: (statSync(folder + "/token").mode & 0o777).toString(8),
  greeting: process.env.GREETING,
  home: process.env.HOME ?? null,
  folder: __dirname,
}));`;

const READ_API = `
const { readFileSync, writeFileSync } = require("node:fs");
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, ERRAND_SERVICE_ACCOUNT_FOLDER: folder } = process.env;
const headers = { authorization: "Bearer " + readFileSync(folder + "/token", "utf8") };
require("node:https").get({ host, port, path: "/api", headers, ca: readFileSync(folder + "/ca.crt") }, (response) => {
  response.on("data", (chunk) => writeFileSync(process.env.ERRAND_TERMINATION_LOG, String(response.statusCode)));
});`;

const BREAK_OUT = `
const attempts = [
  () => require("node:fs").readFileSync("/etc/hostname"),
  () => require("node:fs").writeFileSync(__dirname + "/written", ""),
  () => require("node:child_process").execSync("true"),
];
for (const attempt of attempts) {
  try { attempt(); console.log("allowed"); } catch (error) { console.log(error.code); }
}`;

/** Says two lines, and one more when it is told to. */
const TALK = `
console.log("one");
console.log("two");
process.on("SIGTERM", () => { console.log("three"); process.exit(); });
setInterval(() => {}, 1e9);`;

describe("the log of a pod", () => {
  it("is followed until the pod has ended, and is the same afterwards, without a line lost or given twice", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(programInPod(TALK));
    await using client = await connect({
      server: cluster.url,
      ca: cluster.ca,
      token: { get: async () => cluster.adminToken },
      namespace: "team",
    });
    const stop = new AbortController();
    const { promise: hasTalked, resolve: note } = Promise.withResolvers<void>();
    const running = runPod(cluster, "team", "it", { signal: stop.signal, onLine: (line) => line === "two" && note() });
    await hasTalked;
    const followed: string[] = [];
    for await (const line of client.kube.pods.logs("it", { follow: true })) {
      followed.push(line);
      if (line === "two") stop.abort();
    }
    await running;
    const all = ["one", "two", "three"];
    expect(followed).toEqual(all);
    const read = async (options: object) => {
      const lines: string[] = [];
      for await (const line of client.kube.pods.logs("it", options)) lines.push(line);
      return lines;
    };
    expect(await read({ follow: true })).toEqual(all);
    expect(await read({ tail: 1 })).toEqual(["three"]);
    expect(await read({ since: "1h" })).toEqual(all);
  });
});

describe("runPod", () => {
  it("gives a process the files and variables of its pod, and none of this process", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(programInPod(LOOK_AROUND));
    const { exitCode, log } = await runPod(cluster, "team", "it");
    const { folder, ...found } = JSON.parse(log);
    expect(exitCode).toBe(0);
    expect(found).toEqual({
      files: ["main.cjs", "main.cjs.br"],
      namespace: "team",
      ca: true,
      mode: "600",
      greeting: "hello",
      home: null,
    });
    expect(existsSync(folder)).toBe(false);
  });

  it("lets a process reach the API with its token, and keeps its termination message", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(programInPod(READ_API));
    expect(await runPod(cluster, "team", "it")).toMatchObject({ exitCode: 0, terminationMessage: "200" });
    expect(cluster.audit.ofServiceAccount("team", "default")).toMatchObject([{ verb: "get", path: "/api", code: 200 }]);
    expect(cluster.store.get(PODS, "team", "it")?.status).toMatchObject({
      phase: "Succeeded",
      containerStatuses: [{ state: { terminated: { exitCode: 0, reason: "Completed", message: "200" } } }],
    });
  });

  it("restricts a process to the permissions of its command", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(programInPod(BREAK_OUT));
    const { log } = await runPod(cluster, "team", "it");
    expect(log).toBe("ERR_ACCESS_DENIED\n".repeat(3));
  });

  it("mounts no token into a pod without one", async () => {
    const cluster = await startCluster();
    const source = `console.log(require("node:fs").existsSync(process.env.ERRAND_SERVICE_ACCOUNT_FOLDER + "/token"))`;
    cluster.applyObjects(programInPod(source, { automountServiceAccountToken: false }));
    expect((await runPod(cluster, "team", "it")).log).toBe("false\n");
  });

  it("issues a token with the lifetime of a projected volume that replaces the default mount", async () => {
    const cluster = await startCluster();
    const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    const sources = [
      { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ];
    const { program, spec } = programAndPodSpec(READ_API, { automountServiceAccountToken: false });
    const containers = spec.containers.map((container) => ({
      ...container,
      volumeMounts: [...container.volumeMounts, { name: "token", mountPath, readOnly: true }],
    }));
    const volumes = [...spec.volumes, { name: "token", projected: { sources } }];
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "it", namespace: "team" } };
    cluster.applyObjects([program, { ...pod, spec: { ...spec, containers, volumes } } as KubeObject]);
    const lifetimes: unknown[] = [];
    const createServiceAccountToken: typeof cluster.createServiceAccountToken = (...asked) => {
      lifetimes.push(asked);
      return cluster.createServiceAccountToken(...asked);
    };
    const result = await runPod({ ...cluster, createServiceAccountToken }, "team", "it");
    expect(result).toMatchObject({ exitCode: 0, terminationMessage: "200" });
    expect(lifetimes).toEqual([["team", "default", 600]]);
  });

  it("passes on each line of stdout and stderr as it arrives", async () => {
    const cluster = await startCluster();
    cluster.applyObjects(programInPod(`console.log("one\\ntwo"); process.stdout.write("three");`));
    const lines: string[] = [];
    await runPod(cluster, "team", "it", { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("sets the phase Running while a process runs, and ends it with SIGTERM on abort", async () => {
    const cluster = await startCluster();
    const source = `process.on("SIGTERM", () => process.exit(7)); console.log("ready"); setInterval(() => {}, 1000);`;
    cluster.applyObjects(programInPod(source));
    const controller = new AbortController();
    const phases: unknown[] = [];
    const onLine = (): void => {
      phases.push(cluster.store.get(PODS, "team", "it")?.status);
      controller.abort();
    };
    expect(await runPod(cluster, "team", "it", { onLine, signal: controller.signal })).toMatchObject({ exitCode: 7 });
    expect(phases).toMatchObject([{ phase: "Running", containerStatuses: [{ state: { running: {} } }] }]);
    expect(cluster.store.get(PODS, "team", "it")?.status).toMatchObject({ phase: "Failed" });
  });

  it("ends the process of a deleted pod with SIGTERM, and then removes the pod", async () => {
    const cluster = await startCluster();
    const source = `process.on("SIGTERM", () => { console.log("told"); process.exit(3); }); console.log("ready"); setInterval(() => {}, 1000);`;
    cluster.applyObjects(programInPod(source, { terminationGracePeriodSeconds: 30 }));
    const remove = { method: "DELETE", path: "/api/v1/namespaces/team/pods/it" } as const;
    const deleted = Promise.withResolvers<{ status: number }>();
    const phases: unknown[] = [];
    cluster.store.events.listen(({ type, object }) => {
      if (object.metadata.name === "it") phases.push(type === "DELETED" ? "gone" : textAt(object, "status", "phase"));
    });
    const onLine = (line: string): void => {
      if (line === "ready") call(cluster, remove).then(deleted.resolve, deleted.reject);
    };
    expect(await runPod(cluster, "team", "it", { onLine })).toMatchObject({ exitCode: 3, log: "ready\ntold\n" });
    expect((await deleted.promise).status).toBe(200);
    expect(phases).toEqual(["Running", "Running", "Failed", "gone"]);
  });

  it("kills a process that does not end within its grace period", async () => {
    const cluster = await startCluster();
    const source = `process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000);`;
    cluster.applyObjects(programInPod(source, { terminationGracePeriodSeconds: 0 }));
    const controller = new AbortController();
    const ended = runPod(cluster, "team", "it", { onLine: () => controller.abort(), signal: controller.signal });
    expect(await ended).toMatchObject({ exitCode: 137 });
    expect(cluster.store.get(PODS, "team", "it")?.status).toMatchObject({
      containerStatuses: [{ state: { terminated: { exitCode: 137, signal: 9 } } }],
    });
  });

  it("ends a process at its pod's deadline, even one that ignores SIGTERM, and sets the pod's status", async () => {
    const cluster = await startCluster();
    const deadline = { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0 };
    cluster.applyObjects(programInPod(`process.on("SIGTERM", () => {}); for (;;);`, deadline));
    expect(await runPod(cluster, "team", "it")).toMatchObject({ exitCode: 137 });
    expect(cluster.store.get(PODS, "team", "it")?.status).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
    });
  });

  it("refuses a pod with a missing volume source", async () => {
    const cluster = await startCluster();
    const volumes = [{ name: "program", hostPath: { path: "/" } }];
    cluster.applyObjects(programInPod("", { volumes }));
    await expect(runPod(cluster, "team", "it")).rejects.toThrow(
      "The volume program is of a kind that the embedded cluster cannot mount",
    );
  });
});
