import type { ClusterConfig } from "../config/cluster-config.ts";
import { bodyText, compose, type Send, type Step } from "../requests/request.ts";
import { createPools } from "../transport/pools.ts";
import { createTransport, DEFAULT_TIMEOUTS, type TransportTimeouts } from "../transport/transport.ts";
import { eitherSignal, type Sleep } from "../values/time.ts";
import { statusErrors, wholeAnswer } from "./answers.ts";
import { auth, clientHeaders } from "./auth.ts";
import { type RetryNotice, retry } from "./retry.ts";
import { type ClientStats, StatsRecorder, type Trace, trace, warnings } from "./stats.ts";

export interface ConnectionOptions {
  /** Bounds every request and every wait between retries. */
  readonly signal?: AbortSignal;
  /** Default: `errand/<version> (<os>/<arch>) kubernetes-client`. */
  readonly userAgent?: string;
  readonly stats?: StatsRecorder;
  /** Called for each distinct warning of the API server. */
  readonly onWarning?: (text: string) => void;
  /** Told of each request that went out, retries included. */
  readonly onRequest?: ((trace: Trace) => void) | undefined;
  /** Told of each try that failed and is made again. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** TCP and TLS together, in milliseconds. Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** The most of an answer that is read whole, in bytes: one object, a page of a table, a text. Lists, watches and logs are read as they arrive. Default: 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** Tries after the first one, where a request may be made again. Default: 10, which bridges half a minute. */
  readonly maxRetries?: number;
  /** Waits between retries; tests put their own clock here. */
  readonly sleep?: Sleep;
}

export interface Connection {
  readonly send: Send;
  readonly stats: ClientStats;
  /** Closes the connections; the process can then end by itself. */
  close(): Promise<void>;
}

/**
 * Connects to an API server: retries, authentication, errors and transport, without a job's guard, dry run and limits.
 * Opens nothing until the first request.
 */
export function createConnection(config: ClusterConfig, options: ConnectionOptions = {}): Connection {
  const stats = options.stats ?? new StatsRecorder();
  const pools = createPools(config, options);
  const pipeline = compose(
    runSignal(options.signal),
    writtenBody,
    retry({
      ...{ stats, maxRetries: options.maxRetries, onRetry: options.onRetry },
      ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
    }),
    auth(config),
    wholeAnswer,
    statusErrors,
    warnings(stats, options.onWarning),
    clientHeaders(options.userAgent),
    trace(stats, options.onRequest),
  );
  const send = pipeline(createTransport(pools, { ...DEFAULT_TIMEOUTS, ...options.timeouts }, options));
  return { send, stats, close: () => pools.close() };
}

/** Writes the body once, so that each try sends the same bytes. What cannot be sent is refused here, before anything is. */
const writtenBody: Step = (next) => async (request) => {
  const body = bodyText(request);
  return next(body === undefined ? request : { ...request, body });
};

/** Puts every request under the run's own signal beside the one that it was given. */
function runSignal(signal: AbortSignal | undefined): Step {
  return (next) => {
    if (signal === undefined) return next;
    return (request) => next({ ...request, signal: eitherSignal(request.signal, signal) });
  };
}
