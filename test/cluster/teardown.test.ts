import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, inject, it } from "vitest";
import type { ClusterAccess } from "./access.ts";
import { clustersWithCgroups, processesOfPod } from "./host/cgroups.ts";
import { clusterNameOf, livingOwnerOf } from "./host/identity.ts";
import { reapLeftovers, stateDirectoryOf } from "./host/leftovers.ts";
import { Kubectl } from "./kubectl.ts";
import { until } from "./until.ts";

const RUNNER = fileURLToPath(new URL("cli.ts", import.meta.url));

/** A second cluster, started by a process that can be killed. */
class OtherCluster {
  readonly name: string;
  readonly #runner: ChildProcess;

  private constructor(name: string, runner: ChildProcess) {
    this.name = name;
    this.#runner = runner;
  }

  static async start(): Promise<OtherCluster> {
    const runner = spawn(process.execPath, [RUNNER], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface(runner.stdout)) {
      const [, kubeconfig] = /export KUBECONFIG=(\S+)/.exec(line) ?? [];
      if (kubeconfig !== undefined) return new OtherCluster(basename(dirname(kubeconfig)), runner);
    }
    throw new Error("The other cluster ended before it was ready.");
  }

  get supervisor(): number {
    const pid = livingOwnerOf(this.name);
    if (pid === undefined) throw new Error(`${this.name} has no supervisor any more.`);
    return pid;
  }

  /** A pod, so that there are containers, mounts and groups to clean up after. */
  async startPod(access: ClusterAccess): Promise<readonly number[]> {
    const kubectl = new Kubectl({ ...access, kubeconfig: `${stateDirectoryOf(this.name)}/kubeconfig` });
    const containers = [
      { name: "main", image: access.nodeImage, command: ["node", "--eval", "setInterval(() => {}, 1e6)"] },
    ];
    await kubectl.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "sleeper" }, spec: { containers } });
    await kubectl.waitFor("condition=Ready", ["pod/sleeper"]);
    const { metadata } = await kubectl.get<{ metadata: { uid: string } }>("pod/sleeper");
    return await processesOfPod(this.name, metadata.uid);
  }

  async signalRunner(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.#runner, "exit");
    this.#runner.kill(signal);
    await ended;
  }

  async untilSupervisorIsGone(): Promise<void> {
    await until(`the supervisor of ${this.name} is gone`, async () => livingOwnerOf(this.name) === undefined);
  }
}

/** The identity of every process below another, so that a number that the kernel uses again is not taken for one. */
async function processesBelow(root: number): Promise<readonly string[]> {
  const below = new Set([root]);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const pid of (await readdir("/proc")).map(Number).filter(Number.isInteger)) {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      if (below.has(Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]))) below.add(pid);
    }
  }
  return [...below].map(clusterNameOf);
}

async function remainsOf(name: string, processes: readonly string[]) {
  return {
    processes: processes.filter((identity) => livingOwnerOf(identity) !== undefined),
    directory: existsSync(stateDirectoryOf(name)),
    cgroups: (await clustersWithCgroups()).has(name),
    mounts: (await readFile("/proc/self/mounts", "utf8")).split("\n").filter((line) => line.includes(name)),
  };
}

const NOTHING = { processes: [], directory: false, cgroups: false, mounts: [] };

describe("stopping a cluster", () => {
  let other: OtherCluster | undefined;

  afterEach(async () => {
    if (other === undefined || livingOwnerOf(other.name) === undefined) return;
    process.kill(other.supervisor, "SIGTERM");
    await other.untilSupervisorIsGone();
  });

  it.each(["SIGKILL", "SIGINT"] as const)("leaves nothing behind if its runner gets %s", async (signal) => {
    other = await OtherCluster.start();
    const podProcesses = await other.startPod(inject("cluster"));
    const processes = await processesBelow(other.supervisor);
    // Not all: some are helpers of the container runtime, which come and go.
    const lasting = expect.arrayContaining([...podProcesses, other.supervisor].map(clusterNameOf));
    expect(processes).toEqual(lasting);
    const living = { processes: lasting, directory: true, cgroups: true };
    expect(await remainsOf(other.name, processes)).toMatchObject(living);

    await other.signalRunner(signal);
    await other.untilSupervisorIsGone();

    expect(await remainsOf(other.name, processes)).toEqual(NOTHING);
  });

  it("leaves only what the next start cleans up if its supervisor gets SIGKILL", async () => {
    other = await OtherCluster.start();
    const processes = await processesBelow(other.supervisor);

    process.kill(other.supervisor, "SIGKILL");
    // No process is left to wait until the kernel has ended them.
    await until("its processes are gone", async () =>
      processes.every((identity) => livingOwnerOf(identity) === undefined),
    );
    await reapLeftovers();

    expect(await remainsOf(other.name, processes)).toEqual(NOTHING);
  });
});
