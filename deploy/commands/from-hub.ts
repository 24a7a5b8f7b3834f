import type { Cluster } from "../cluster/connect.ts";
import { findHub, reachHub } from "../hub/install/find-hub.ts";
import { type AskHub, hubSource } from "../hub/serve/hub-source.ts";
import { liveSource } from "../source/live-source.ts";
import type { RunSource } from "../source/run-source.ts";
import { UsageError } from "../terminal/command-error.ts";

/** What says where runs are read from. */
export interface FromHub {
  readonly hub?: boolean;
  readonly hubNamespace?: string;
}

/** The source that a command's flags ask for: what the hub has kept, or the cluster as it is. @param namespace undefined: all */
export async function sourceOf(
  cluster: Cluster,
  namespace: string | undefined,
  { hub = false, hubNamespace }: FromHub,
): Promise<RunSource> {
  if (!hub && hubNamespace === undefined) return liveSource(cluster, namespace);
  return hubSource(await askHub(cluster, hubNamespace), namespace);
}

/** Reaches the hub that is meant. */
export async function askHub({ client, namespace }: Cluster, hubNamespace: string | undefined): Promise<AskHub> {
  return await reachHub(client, await findHub(client, namespace, hubNamespace));
}

/** True where this person can see that there is a hub. */
export async function hasHub({ client, namespace }: Cluster): Promise<boolean> {
  try {
    await findHub(client, namespace, undefined);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
