import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { bootWords } from "../../../deploy/build/boot.ts";
import { bundleHub } from "../../../deploy/hub/install/hub-manifests.ts";
import { type HubOptions, OPTIONS_VARIABLE } from "../../../deploy/hub/serve/hub-options.ts";
import { DEFAULT_IMAGE, nodeCommand } from "../../../deploy/settings/image.ts";
import type { EmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";

/** A hub's process as its pod starts it, and whatever it says. */
export interface HubProcess {
  readonly child: ChildProcess;
  readonly port: Promise<number>;
  /** Once it has seen everything that is there. */
  readonly ready: Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Where hubs of one test keep what they see, and how to start one: bundled once, as it is deployed. */
export async function hubFolder(cluster: EmbeddedCluster) {
  const folder = mkdtempSync(join(tmpdir(), "errand-hub-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { files } = await bundleHub();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const account = join(folder, "account");
  mkdirSync(account);
  writeFileSync(join(account, "token"), cluster.adminToken);
  writeFileSync(join(account, "ca.crt"), cluster.ca);
  writeFileSync(join(account, "namespace"), "shop");
  const { hostname, port } = new URL(cluster.url);
  const data = join(folder, "data");
  mkdirSync(data);
  // As in its pod: Node lets it write to its volume and nowhere else.
  const [, ...flags] = nodeCommand({ image: DEFAULT_IMAGE, memoryBytes: 256 * 2 ** 20, writable: [data] });

  function start(given: Partial<HubOptions> = {}): HubProcess {
    const options: HubOptions = {
      ...{ namespaces: ["shop"], allCronJobs: false, ageMs: 1e15, count: 1e6, bytes: 1e12, folder: data, port: 0 },
      ...given,
    };
    const child = spawn(process.execPath, [...flags, ...bootWords(folder, files)], {
      env: {
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
        ERRAND_SERVICE_ACCOUNT_FOLDER: account,
        ERRAND_TERMINATION_LOG: join(folder, "termination-log"),
        [OPTIONS_VARIABLE]: JSON.stringify(options),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const bound = Promise.withResolvers<number>();
    const ready = Promise.withResolvers<void>();
    const said: string[] = [];
    const exited = once(child, "exit").then(() => {
      const error = new Error(`the hub ended:\n${said.join("\n")}`);
      bound.reject(error);
      ready.reject(error);
    });
    bound.promise.catch(() => {});
    ready.promise.catch(() => {});
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const found = /on port (\d+) of loopback/.exec(line)?.[1];
        if (found !== undefined) bound.resolve(Number(found));
        if (line.includes("Everything that is there has been seen")) ready.resolve();
      });
    }
    const kill = async (signal: NodeJS.Signals): Promise<void> => {
      child.kill(signal);
      await exited;
    };
    onTestFinished(() => kill("SIGKILL"));
    return { child, port: bound.promise, ready: ready.promise, kill };
  }
  return { start, database: join(data, "hub.db") };
}
