import type { JobMetric } from "../run/output/job-metrics.ts";
import type { LogTail } from "../run/output/log-tail.ts";
import type { Report } from "../run/report/report.ts";

/** What the status endpoint tells of: the run of this process, each time as it is then. */
export interface StatusSource {
  /** The report so far. */
  readonly report: () => Report;
  /** The job's own. */
  readonly metrics: () => readonly JobMetric[];
  readonly log: LogTail;
  /** Aborted when the run is over. */
  readonly ended: AbortSignal;
  /** How many streams are open: the server counts them. */
  readonly streams: { open: number };
  /** The pod's own addresses, where anyone may read the metrics; none if the job file does not open them. */
  readonly openAddresses: readonly string[];
  /** Of the container; undefined without a limit. */
  readonly memoryLimitBytes: () => number | undefined;
}

/** A connection's two addresses, and whom its request asks for. */
export interface Connection {
  readonly localAddress: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
}

/** A page, and what a browser may do with it. */
export interface Html {
  readonly text: string;
  readonly policy: string;
}
