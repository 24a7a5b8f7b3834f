import type { LimitLedger } from "../pipeline/limit-ledger.ts";
import type { StatsRecorder } from "../pipeline/stats.ts";
import type { Send } from "../requests/request.ts";
import type { GroupVersionResource, Place } from "../requests/resource.ts";
import type { Sleep } from "../values/time.ts";
import type { WatchFeatures } from "../watch/watch-objects.ts";

/** What the methods of all resources share. */
export interface ClientContext {
  readonly send: Send;
  /** The namespace that calls without one go to. */
  readonly namespace: string;
  readonly fieldManager: string;
  readonly stats: StatsRecorder;
  readonly ledger: LimitLedger;
  /** True where the server only validates what is written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
  readonly sleep: Sleep;
  readonly features: WatchFeatures;
}

/** What the methods of one resource in one place need. */
export interface MethodContext extends ClientContext {
  readonly place: Place;
  /** Resolved when it is first needed: a custom resource's version is asked from discovery. */
  gvr(): GroupVersionResource | Promise<GroupVersionResource>;
}
