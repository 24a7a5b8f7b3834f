import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { inPlace } from "../../cluster/connect.ts";
import type { Archive } from "../archive/archive.ts";

/** How often the hub notes that it sees the cluster, in milliseconds. */
const BEAT_MS = 10_000;
/** Without a beat for longer it was away, and says so. */
const AWAY_MS = 60_000;

export interface HeartbeatOptions {
  /** Where Jobs are asked for; undefined: everywhere. */
  readonly namespace: string | undefined;
  readonly now?: () => Date;
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Notes now and then that the cluster can be seen. Where it could not be for a while, whether the hub was away or the API server did not answer, the time between is
 * kept as a gap: what was due then is not known to be missed.
 */
export async function keepBeating(client: KubeClient, archive: Archive, options: HeartbeatOptions): Promise<void> {
  const { namespace, now = () => new Date(), everyMs = BEAT_MS, signal } = options;
  let why = "The hub was not running";
  for (;;) {
    const isSeen = await canSee(client, namespace, signal);
    if (signal.aborted) return;
    if (isSeen) {
      if (now().getTime() - archive.seenAt.getTime() > AWAY_MS) archive.keepGap(why);
      else archive.beat();
      why = "The hub could not reach the API server";
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

async function canSee(client: KubeClient, namespace: string | undefined, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _job of inPlace(client, namespace).jobs.list({ limit: 1, signal })) break;
    return true;
  } catch {
    return false;
  }
}
