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

export interface ClientOptions {
  readonly config: ClusterConfig;
  /** The requests that the guard allows; all others are refused before they are sent. */
  readonly rules: readonly AccessRule[];
  /** Default: the namespace of `config`. */
  readonly scope?: Scope | undefined;
  readonly limits?: Limits | undefined;
  /** False: refuse deletions that cascade. Default here: true; a job's own default is false. */
  readonly cascades?: boolean;
  /** Every mutation carries dryRun=All; calls without dry-run support are refused. */
  readonly dryRun?: boolean;
  /** Records mutations, or allows only those of a plan. */
  readonly plan?: Step | undefined;
  /** The run's deadline: bounds every request and every wait between retries. */
  readonly signal?: AbortSignal;
  /** The service account's name in error messages. */
  readonly serviceAccount?: string | undefined;
  /** Default: `errand`. */
  readonly fieldManager?: string;
  /** Called once when a limit is exceeded (in a dry run, when it is exceeded by far): the run must stop even if the job catches the error. */
  readonly onLimit?: (error: Error) => void;
  /** Called once for each distinct warning from the API server. */
  readonly onWarning?: (text: string) => void;
  /** Called before each retry. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Called for each request that is sent, retries included. */
  readonly onRequest?: ((trace: Trace) => void) | undefined;
  /** Replaceable for tests. */
  readonly sleep?: Sleep;
}

export interface Client<A extends Access = Access> {
  readonly kube: Kube<A>;
  readonly stats: ClientStats;
  /** The dependents of objects that a dry run deleted, as far as the job may list them; undefined if there are none. */
  survey(): Promise<CascadeReport | undefined>;
  /** The limit that a dry run exceeded, with the number of objects it would have changed. A real run stops at the limit. */
  crossed(): Error | undefined;
  /** Closes the connections, so that the process can exit. */
  close(): Promise<void>;
}

const unchanged: Step = (next) => next;

/** Creates the client that is injected into a job. Connects on the first call. */
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
