import type { Cluster } from "../cluster/connect.ts";
import { findHub, reachHub } from "../hub/install/find-hub.ts";
import { type AskHub, hubSource } from "../hub/serve/hub-source.ts";
import { liveSource } from "../source/live-source.ts";
import type { RunSource } from "../source/run-source.ts";
import { UsageError } from "../terminal/command-error.ts";

/** Flags that say where to read runs from. */
export interface FromHub {
  readonly hub?: boolean;
  readonly hubNamespace?: string;
}

/** The source that the flags ask for: the hub's archive, or the cluster. @param namespace undefined for all */
export async function sourceOf(
  cluster: Cluster,
  namespace: string | undefined,
  { hub = false, hubNamespace }: FromHub,
): Promise<RunSource> {
  if (!hub && hubNamespace === undefined) return liveSource(cluster, namespace);
  return hubSource(await askHub(cluster, hubNamespace), namespace);
}

/** Connects to the cluster's hub. */
export async function askHub({ client, namespace }: Cluster, hubNamespace: string | undefined): Promise<AskHub> {
  return await reachHub(client, await findHub(client, namespace, hubNamespace));
}

/** True if there is a hub beside the jobs that this person can see. */
export async function hasHub({ client, namespace }: Cluster): Promise<boolean> {
  try {
    await findHub(client, namespace, undefined);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
