import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { deploy, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

interface Row {
  readonly run: string;
  readonly job: string;
  readonly outcome: string;
  readonly message?: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: { readonly phase: string };
}

const access = inject("cluster");
let namespace: TestNamespace;

beforeAll(async () => {
  namespace = await TestNamespace.create(access, "hub");
  // A volume as an administrator or a storage class would make it, for the hub's claim and nobody else's.
  const path = join(access.stateDirectory, "volumes", namespace.name);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
  await namespace.kubectl.apply({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: namespace.name },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace: namespace.name, name: "errand-hub" },
      hostPath: { path },
    },
  });
});

afterAll(async () => {
  await namespace?.delete();
  await namespace?.kubectl.text(["delete", "persistentvolume", namespace.name, "--ignore-not-found"]);
});

async function ask<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await namespace.errand([...args, "--output", "json"]);
  if (stdout === "") throw new Error(`errand ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

async function kept(): Promise<Row[]> {
  try {
    return await ask<Row[]>("history", "--hub");
  } catch {
    // Between two pods of it, or before it has begun.
    return [];
  }
}

async function untilKept(outcomes: Readonly<Record<string, string>>): Promise<void> {
  const wanted = Object.entries(outcomes).toSorted();
  let last: readonly Row[] = [];
  await until(
    `the hub has kept ${JSON.stringify(outcomes)}`,
    async () => {
      last = await kept();
      const found = last.filter(({ job, run }) => job in outcomes || run in outcomes);
      return wanted.every(([name, outcome]) => found.some((row) => row.run === name && row.outcome === outcome));
    },
    1_000,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error} It has: ${JSON.stringify(last)}`);
  });
}

async function podOfHub(): Promise<Pod | undefined> {
  const { items } = await namespace.kubectl.get<{ items: Pod[] }>("pods", "-l", "app.kubernetes.io/name=errand-hub");
  return items.find(({ status }) => status.phase === "Running");
}

/** A CronJob as people have them: a shell, a command that fails, no word of errand. */
async function foreignCronJob(name: string, command: string): Promise<void> {
  await namespace.kubectl.apply({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: namespace.name },
    spec: {
      schedule: "0 3 1 1 *",
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
              containers: [
                {
                  ...{ name: "backup", image: "node:26.10.0-slim", command: ["node", "--eval", command] },
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
              ],
            },
          },
        },
      },
    },
  });
}

describe("a hub", { shuffle: false }, () => {
  it("keeps runs of errand's jobs and of others, with their logs", async () => {
    const { code, stderr } = await namespace.errand(["hub", "install", "--all-cronjobs"]);
    expect(code, stderr).toBe(0);
    await foreignCronJob("backup", 'console.log("dumping"); console.error("disk full"); process.exit(3)');
    await namespace.kubectl.text(["create", "job", "backup-1", "--from=cronjob/backup"]);
    await deploy(namespace, "needs-nothing");
    const { id: run } = (await triggerAndWait(namespace, "needs-nothing")).report.run;
    await untilKept({ "backup-1": "failed", [run]: "succeeded" });
    // Their Jobs and pods go, as history limits have them go.
    await namespace.kubectl.text(["delete", "job", "backup-1", run]);
    await until("their pods are gone", async () => {
      const { items } = await namespace.kubectl.get<{ items: Pod[] }>("pods", "-l", "batch.kubernetes.io/job-name");
      return items.length === 0;
    });
    const logs = await namespace.errand(["logs", "backup-1", "--hub"]);
    expect(logs.stdout.split("\n").toSorted()).toEqual(["", "disk full", "dumping"]);
    const result = await ask<{ outcome: string; job: string }>("result", run, "--hub");
    expect(result).toMatchObject({ outcome: "succeeded", job: "needs-nothing" });
    const gone = await namespace.errand(["result", run]);
    expect(gone.code).not.toBe(0);
  });

  it("shows its pages over a forwarded port", async () => {
    const bin = fileURLToPath(new URL("../../deploy/bin.ts", import.meta.url));
    const args = ["--import", "tsx", bin, "ui", "--hub", "--namespace", namespace.name];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, KUBECONFIG: access.kubeconfig },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const { origin, searchParams } = new URL(line);
      const headers = { authorization: `Bearer ${searchParams.get("token")}` };
      const jobs = await (await fetch(`${origin}/jobs`, { headers })).text();
      expect(jobs).toContain("The hub only reads. Act with");
      expect(jobs).toContain("needs-nothing");
      const run = await (await fetch(`${origin}/runs/${namespace.name}/backup-1`, { headers })).text();
      expect(run).toContain("disk full");
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });

  it("has each run once after its process was killed and its pod deleted, and what ended meanwhile too", async () => {
    const before = await kept();
    const pod = await podOfHub();
    for (const pid of await namespace.processesOf(pod?.metadata.name ?? "", "ERRAND_JOB")) process.kill(pid, "SIGKILL");
    await namespace.kubectl.text(["delete", "pod", pod?.metadata.name ?? "", "--wait=false", "--force"]);
    await namespace.kubectl.text(["create", "job", "backup-2", "--from=cronjob/backup"]);
    const { id: run } = (await triggerAndWait(namespace, "needs-nothing")).report.run;
    await until("the hub has another pod", async () => {
      const now = await podOfHub();
      return now !== undefined && now.metadata.uid !== pod?.metadata.uid;
    });
    await untilKept({ "backup-2": "failed", [run]: "succeeded" });
    const rows = await kept();
    expect(rows.map((row) => row.run).toSorted()).toEqual(
      [...before.map((row) => row.run), "backup-2", run].toSorted(),
    );
    expect(new Set(rows.map((row) => row.run)).size).toBe(rows.length);
  });

  it("may read what it watches, and nothing else", async () => {
    const may = async (verb: string, resource: string) => {
      const as = `--as=system:serviceaccount:${namespace.name}:errand-hub`;
      // To kubectl `pods/log` is a pod called log.
      const [kind = "", subresource] = resource.split("/");
      const what = subresource === undefined ? [kind] : [kind, `--subresource=${subresource}`];
      return (await namespace.kubectl.run(["auth", "can-i", verb, ...what, as])).stdout.trim();
    };
    for (const [verb, resource] of [
      ["list", "jobs"],
      ["watch", "pods"],
      ["get", "pods/log"],
      ["list", "events"],
    ]) {
      expect([verb, resource, await may(verb ?? "", resource ?? "")]).toEqual([verb, resource, "yes"]);
    }
    const refused = ["create jobs", "delete pods", "patch cronjobs", "get secrets", "list secrets", "get configmaps"];
    for (const each of [...refused, "create pods/exec", "create pods/portforward"]) {
      const [verb = "", resource = ""] = each.split(" ");
      expect([each, await may(verb, resource)]).toEqual([each, "no"]);
    }
  });

  it("says how it is, and goes without its history", async () => {
    expect(await ask("hub", "status")).toMatchObject({ namespace: namespace.name, options: { allCronJobs: true } });
    expect((await namespace.errand(["hub", "remove", "--yes"])).code).toBe(0);
    const left = await namespace.kubectl.text(["get", "persistentvolumeclaims", "-o", "name"]);
    expect(left.trim()).toBe("persistentvolumeclaim/errand-hub");
  });
});
