import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ClusterAccess } from "../access.ts";
import { buildBinaries } from "../build/binaries.ts";
import { buildImages } from "../build/images.ts";
import { requireMachine } from "../build/requirements.ts";
import type { ClusterNews, ClusterOrder } from "./protocol.ts";

const SUPERVISOR = fileURLToPath(new URL("supervisor.ts", import.meta.url));

/** How a cluster is started. */
export interface ClusterFixtureOptions {
  /** `runner` (the default): the cluster ends with this process, however that ends. `detached`: it outlives it. */
  readonly lifetime?: ClusterOrder["lifetime"];
  /** Receives lines of progress; standard error without it. */
  readonly tell?: (line: string) => void;
}

/**
 * A Kubernetes of one node, with everything it needs built or taken from the cache.
 *
 * @example
 * const cluster = await ClusterFixture.start();
 * console.log(cluster.access.kubeconfig);
 * await cluster.stop();
 */
export class ClusterFixture {
  /** How to use it. */
  readonly access: ClusterAccess;
  /** Resolves when nothing of the cluster is left, however it was stopped. */
  readonly ended: Promise<void>;
  readonly #supervisor: ChildProcess;

  private constructor(access: ClusterAccess, supervisor: ChildProcess) {
    this.access = access;
    this.#supervisor = supervisor;
    this.ended = once(supervisor, "exit").then(() => {});
  }

  /**
   * Starts a cluster and waits until its node is ready.
   *
   * @param options how long it lives, and who hears of the progress
   * @throws when the machine lacks something (with the command that installs it), when a build fails, or when a part of
   * the cluster does not start (with the end of its log)
   */
  static async start(options: ClusterFixtureOptions = {}): Promise<ClusterFixture> {
    const { lifetime = "runner", tell = (line) => process.stderr.write(`${line}\n`) } = options;
    requireMachine();
    const binaries = await buildBinaries(tell);
    const images = await buildImages(binaries, tell);
    const order: ClusterOrder = { lifetime, binaries, images: images.directory, nodeImage: images.node };
    const supervisor = spawn(process.execPath, [SUPERVISOR, JSON.stringify(order)], {
      // A session of its own: Ctrl-C in a terminal reaches the runner only, and the supervisor ends after it.
      detached: true,
      stdio: ["ignore", "ignore", lifetime === "runner" ? "inherit" : "ignore", "ipc"],
    });
    const access = await firstNews(supervisor);
    supervisor.on("message", (news: ClusterNews) => news.kind === "failed" && tell(news.message));
    // Neither keeps this process from ending: when it does, the cluster ends after it, or stays when it is detached.
    supervisor.unref();
    supervisor.channel?.unref();
    if (lifetime === "detached") supervisor.disconnect();
    return new ClusterFixture(access, supervisor);
  }

  /** Ends the cluster and waits until nothing of it is left. */
  async stop(): Promise<void> {
    this.#supervisor.ref();
    // Does nothing to one that ended already.
    this.#supervisor.kill("SIGTERM");
    await this.ended;
  }
}

async function firstNews(supervisor: ChildProcess): Promise<ClusterAccess> {
  const ended = once(supervisor, "exit").then(([code]) => ({
    kind: "failed" as const,
    message: `The cluster's supervisor ended with ${code} before the node was ready.`,
  }));
  const told = once(supervisor, "message").then(([news]) => news as ClusterNews);
  const news = await Promise.race([told, ended]);
  if (news.kind === "ready") return news.access;
  await ended;
  throw new Error(news.message);
}
