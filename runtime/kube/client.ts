import type { Access, AccessRule } from "../job/access.ts";
import type { Scope } from "../job/definition.ts";
import type { Limits } from "../job/limits.ts";
import { injectedKube } from "./api/kube.ts";
import type { ClusterConfig } from "./config/cluster-config.ts";
import { type CascadeReport, Cascades } from "./pipeline/cascades.ts";
import { createConnection } from "./pipeline/connection.ts";
import { dryRun } from "./pipeline/dry-run.ts";
import { accessGuard, namespaceScope } from "./pipeline/guards.ts";
import { LimitLedger } from "./pipeline/limit-ledger.ts";
import { limits } from "./pipeline/limits.ts";
import type { RetryNotice } from "./pipeline/retry.ts";
import { type ClientStats, StatsRecorder, type Trace } from "./pipeline/stats.ts";
import { compose, type Step } from "./requests/request.ts";
import type { Kube } from "./surface/kube.ts";
import { type Sleep, sleep } from "./values/time.ts";

/** How a job's client is bounded. */
export interface ClientOptions {
  readonly config: ClusterConfig;
  /** What the guard lets through; everything else is refused before the network. */
  readonly rules: readonly AccessRule[];
  /** Default: the namespace of `config`. */
  readonly scope?: Scope | undefined;
  readonly limits?: Limits | undefined;
  /** False: a deletion that would take others along is refused. Default: true; a job's own says otherwise. */
  readonly cascades?: boolean;
  /** Every mutation carries dryRun=All; what cannot be dry-run is refused. */
  readonly dryRun?: boolean;
  /** Writes down mutations, or lets only those of a plan through. */
  readonly plan?: Step | undefined;
  /** The run's deadline: bounds every request and every wait between retries. */
  readonly signal?: AbortSignal;
  /** The service account, as error messages name it. */
  readonly serviceAccount?: string | undefined;
  /** Default: `errand`. */
  readonly fieldManager?: string;
  /** Called once when a limit is crossed, in a dry run when it is crossed by far: the run must stop even if the job catches the error. */
  readonly onLimit?: (error: Error) => void;
  /** Called for each distinct warning of the API server. */
  readonly onWarning?: (text: string) => void;
  /** Told of each try that failed and is made again. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Told of each request that went out, retries included. */
  readonly onRequest?: ((trace: Trace) => void) | undefined;
  /** Waits; tests put their own clock here. */
  readonly sleep?: Sleep;
}

export interface Client<A extends Access = Access> {
  readonly kube: Kube<A>;
  readonly stats: ClientStats;
  /** What hangs below the objects that a dry run deleted; undefined where nothing does. Lists what the job may list. */
  survey(): Promise<CascadeReport | undefined>;
  /** The limit that a dry run crossed, with how many objects it would have been. A real run is stopped at it. */
  crossed(): Error | undefined;
  /** Closes the connections; the process can then end by itself. */
  close(): Promise<void>;
}

const unchanged: Step = (next) => next;

/** Makes the client that is injected into a job. Opens no connection until the first call. */
export function createClient<A extends Access>(options: ClientOptions): Client<A> {
  const { config, rules, serviceAccount } = options;
  const stats = new StatsRecorder();
  const cascades = new Cascades(options.cascades ?? true, options.dryRun ?? false);
  const ledger = new LimitLedger(options.limits ?? {}, options);
  const connection = createConnection(config, { ...options, stats });
  const send = compose(
    accessGuard({ rules, serviceAccount }),
    namespaceScope(options.scope ?? "namespace", config.namespace),
    cascades.step,
    options.dryRun ? dryRun : unchanged,
    options.plan ?? unchanged,
    limits(ledger, stats),
  )(connection.send);
  const kube = injectedKube(
    {
      send,
      namespace: config.namespace,
      fieldManager: options.fieldManager ?? "errand",
      stats,
      ledger,
      dryRun: options.dryRun ?? false,
      signal: options.signal,
      sleep: options.sleep ?? sleep,
      features: { canStreamInitialEvents: true },
    },
    rules,
  );
  return {
    kube: kube as Kube<A>,
    stats,
    survey: () => cascades.survey(kube, rules),
    crossed: () => ledger.crossed(),
    close: () => connection.close(),
  };
}
