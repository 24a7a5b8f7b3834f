import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterFixture } from "../cluster/host/cluster-fixture.ts";
import { livingOwnerOf } from "../cluster/host/identity.ts";
import { AdminApi } from "./cluster/admin-api.ts";
import { makeIdentity } from "./cluster/identity.ts";
import { CommandLine } from "./command-line.ts";
import { buildGoPrograms } from "./machine/go-programs.ts";
import type { Options } from "./options.ts";
import type { ClusterStage, Stage } from "./stage.ts";

/** The address of the Service `kubernetes` is the same in every cluster that the suite starts. */
const SERVICE = { host: "10.96.0.1", port: "443" };

/** Makes what the works need: a cluster for most of them, a project and an embedded API server for commands. */
export async function openStage(options: Options, folder: string, cleanUp: AsyncDisposableStack): Promise<Stage> {
  const goPrograms = await buildGoPrograms();
  const commands = options.works.filter(({ command }) => command !== undefined);
  return {
    goPrograms,
    folder,
    ...(commands.length === 0 ? {} : { commandLine: cleanUp.use(await CommandLine.open(folder, options.before)) }),
    ...(commands.length === options.works.length ? {} : { cluster: await openCluster(options, folder, cleanUp) }),
  };
}

/** Starts a cluster, or takes the one that was named, and makes what the subjects need in it. */
async function openCluster(
  { kubeconfig, network }: Pick<Options, "kubeconfig" | "network">,
  folder: string,
  cleanUp: AsyncDisposableStack,
): Promise<ClusterStage> {
  const cluster = kubeconfig === undefined ? await startCluster(cleanUp) : { kubeconfig, network, kubectl: "kubectl" };
  const api = cleanUp.use(await AdminApi.open(cluster.kubeconfig));
  const serviceAccount = join(folder, "serviceaccount");
  await makeIdentity(api, serviceAccount);
  const place = cluster.network === undefined ? { serviceAccount } : { serviceAccount, network: cluster.network };
  // Inside the cluster's network the subjects use the address that pods use: the port on the machine is only a relay.
  const { host, port } =
    cluster.network === undefined ? { host: api.server.hostname, port: api.server.port || "443" } : SERVICE;
  return { api, place, host, port, kubectl: cluster.kubectl };
}

async function startCluster(cleanUp: AsyncDisposableStack) {
  const cluster = await ClusterFixture.start();
  cleanUp.defer(() => cluster.stop());
  const { name, kubeconfig, kubectl } = cluster.access;
  return { kubeconfig, kubectl, network: await networkOf(livingOwnerOf(name)) };
}

/** The namespace of the process that the supervisor started in it. */
async function networkOf(supervisor: number | undefined): Promise<string> {
  for (const thread of await readdir(`/proc/${supervisor}/task`)) {
    const [child] = (await readFile(`/proc/${supervisor}/task/${thread}/children`, "utf8")).split(" ");
    if (child) return `/proc/${child}/ns/net`;
  }
  throw new Error("the cluster's supervisor has no process inside the cluster");
}
