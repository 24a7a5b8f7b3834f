// The process that owns a cluster: it starts it inside namespaces of its own, and removes it whatever ends first, the
// cluster, the runner that wanted it, or itself by a signal. Started by ClusterFixture, never by hand.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { createCgroups } from "./cgroups.ts";
import { clusterNameOf } from "./identity.ts";
import { markDetached, reapLeftovers, removeRemains, stateDirectoryOf } from "./leftovers.ts";
import type { ClusterNews, ClusterOrder, ClusterPlan } from "./protocol.ts";

// Ending takes well under a second; the limit only makes sure that this process ends too.
const END_LIMIT_MS = 20_000;

const INSIDE = fileURLToPath(new URL("../inside/main.ts", import.meta.url));
// With the process namespace's first process every other one ends, and with the last the mounts and the network.
const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"];

/** Resolves when the news is on its way: this process may end right after. */
async function report(news: ClusterNews): Promise<void> {
  if (process.connected) await new Promise((resolve) => process.send?.(news, resolve));
  else if (news.kind === "failed") process.stderr.write(`${news.message}\n`);
}

/** @returns when the cluster must stop: after a signal, or because the runner is gone */
async function untilEnd(lifetime: ClusterOrder["lifetime"]): Promise<void> {
  const reasons = [once(process, "SIGTERM"), once(process, "SIGINT")];
  if (lifetime === "runner") reasons.push(process.connected ? once(process, "disconnect") : Promise.resolve([]));
  await Promise.race(reasons);
}

/** The socket is this machine's, and is served inside: a socket stays in the network namespace it was made in. */
async function listenOnLoopback(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

interface Inside {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
}

async function startInside(order: ClusterOrder, name: string): Promise<Inside> {
  const { server, port } = await listenOnLoopback();
  const child = spawn("unshare", [...NAMESPACES, process.execPath, INSIDE], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  child.on("message", (news: ClusterNews) => void report(news));
  const plan: ClusterPlan = { ...order, name, stateDirectory: stateDirectoryOf(name), port };
  child.send(plan, server, () => server.close());
  return { process: child, ended };
}

async function end(inside: Inside): Promise<void> {
  const limit = setTimeout(() => inside.process.kill("SIGKILL"), END_LIMIT_MS);
  if (inside.process.connected) inside.process.disconnect();
  await inside.ended;
  clearTimeout(limit);
}

async function supervise(order: ClusterOrder): Promise<void> {
  const ending = untilEnd(order.lifetime);
  const name = clusterNameOf(process.pid);
  await reapLeftovers().catch((error: Error) =>
    process.stderr.write(`An earlier cluster's remains cannot be removed: ${error.message}\n`),
  );
  try {
    await mkdir(stateDirectoryOf(name), { mode: 0o700 });
    if (order.lifetime === "detached") await markDetached(name);
    await createCgroups(name);
    const inside = await startInside(order, name);
    await Promise.race([ending, inside.ended]);
    await end(inside);
  } finally {
    await removeRemains(name);
  }
}

const [argument] = process.argv.slice(2);
if (argument === undefined) throw new Error("supervisor.ts is started by ClusterFixture, with an order.");
try {
  await supervise(JSON.parse(argument) as ClusterOrder);
} catch (error) {
  await report({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
process.exit();
