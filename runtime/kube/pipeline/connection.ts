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
  /** Called once for each distinct warning from the API server. */
  readonly onWarning?: (text: string) => void;
  /** Called for each request that is sent, retries included. */
  readonly onRequest?: ((trace: Trace) => void) | undefined;
  /** Called before each retry. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** For TCP and TLS together, in milliseconds. Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** Maximum size of an answer that is read whole, in bytes: an object, a page of a table, a text. Lists, watches and logs are streamed. Default: 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** Maximum number of retries. Default: 10, which covers half a minute. */
  readonly maxRetries?: number;
  /** Waits between retries; replaceable for tests. */
  readonly sleep?: Sleep;
}

export interface Connection {
  readonly send: Send;
  readonly stats: ClientStats;
  /** Closes the connections, so that the process can exit. */
  close(): Promise<void>;
}

/**
 * Creates a connection to an API server with retries, authentication, errors and transport, but without a job's guard, dry run and limits.
 * Connects on the first request.
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

/** Serializes the body once, so that each attempt sends the same bytes. Invalid bodies are refused here, before anything is sent. */
const writtenBody: Step = (next) => async (request) => {
  const body = bodyText(request);
  return next(body === undefined ? request : { ...request, body });
};

/** Aborts every request with the run's signal, in addition to its own. */
function runSignal(signal: AbortSignal | undefined): Step {
  return (next) => {
    if (signal === undefined) return next;
    return (request) => next({ ...request, signal: eitherSignal(request.signal, signal) });
  };
}
