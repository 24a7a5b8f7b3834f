import type { Http } from "../../http/http.ts";
import { type Access, type AccessRule, type ResourceCatalog, resolveAccess } from "../../job/access.ts";
import { DEFAULT_TIMEOUT, type JobDefinition, type Json, type Scope } from "../../job/definition.ts";
import { parseDuration } from "../../job/duration.ts";
import { type DeclaredHost, type HttpHost, readHttpHost } from "../../job/http-hosts.ts";
import { DefinitionError, isRecord, problem } from "../../job/problem.ts";
import type { Kube } from "../../kube/surface/kube.ts";
import type { Metrics } from "../output/job-metrics.ts";
import type { Logger } from "../output/logger.ts";
import type { RunIdentity } from "../report/report.ts";

/** What an editor shows where a job calls `http` and declares no hosts. */
interface NoHttp {
  readonly 'declare the hosts in the job file, such as http: ["hooks.slack.com"]': never;
}

/** The argument of a job's `run`. */
export interface RunContext<
  A extends Access = Access,
  Params = unknown,
  S extends Scope | undefined = undefined,
  SecretName extends string = never,
  Hosts extends readonly HttpHost[] | undefined = undefined,
> {
  /** The API client: what `access` declares, and nothing else. */
  readonly kube: Kube<A, S>;
  /** Calls the hosts that `http` declares, and nothing else. */
  readonly http: Hosts extends readonly HttpHost[] ? Http : NoHttp;
  /** The validated parameters, with defaults. */
  readonly params: Params;
  readonly log: Logger;
  /** Reports progress as JSON: shown by the status endpoint, and in the report even if the run is killed. */
  readonly progress: (value: Json) => void;
  /** The job's own counters and gauges, for Prometheus: shown by the status endpoint at `/metrics`. */
  readonly metrics: Metrics;
  /** Aborts on timeout, on SIGTERM, when a limit is exceeded, and once the run has failed. */
  readonly signal: AbortSignal;
  /** True when the API server only validates mutations: in a dry run and in the rehearsal. */
  readonly dryRun: boolean;
  readonly run: RunIdentity;
  /** The values of the job's `secrets`. They are redacted from logs, reports and errors. */
  readonly secrets: { readonly [Name in SecretName]: string };
}

/** A job, with the values that the runtime reads from it once. */
export interface RunnableJob {
  readonly definition: JobDefinition<RunContext>;
  readonly rules: readonly AccessRule[];
  readonly hosts: readonly DeclaredHost[];
  readonly timeoutMs: number;
  /** How long the process stays after its report. */
  readonly lingerMs: number;
  /** The first pass is a dry run that counts mutations. */
  readonly isRehearsed: boolean;
}

/**
 * Reads a job file's default export. `errand check` has validated it before the deploy; this checks only what the run itself needs.
 *
 * @throws {DefinitionError} for a value that is not a job, an invalid timeout, or an unknown resource
 */
export function readJob(value: unknown, catalog: ResourceCatalog): RunnableJob {
  if (!isJob(value)) {
    throw new DefinitionError([problem("export default", "must default-export defineJob(…)")]);
  }
  const { scope, limits } = value;
  return {
    // A copy, so that the job cannot change its own limits while it runs.
    definition: { ...value, ...structuredClone({ ...(scope && { scope }), ...(limits && { limits }) }) },
    rules: inField("access", () => resolveAccess(value.access, catalog)),
    hosts: inField("http", () => (value.http ?? []).map(readHttpHost)),
    timeoutMs: inField("timeout", () => parseDuration(value.timeout ?? DEFAULT_TIMEOUT)),
    lingerMs: inField("linger", () => parseDuration(value.linger ?? "0s")),
    isRehearsed: value.rehearse !== false && Object.keys(limits ?? {}).some((verb) => verb !== "http"),
  };
}

function isJob(value: unknown): value is JobDefinition<RunContext> {
  return isRecord(value) && value.kind === "errand/job" && typeof value.run === "function" && isRecord(value.access);
}

function inField<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new DefinitionError([problem(field, error.message)]);
    throw error;
  }
}
