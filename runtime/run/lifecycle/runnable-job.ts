import { type AccessRule, type ResourceCatalog, resolveAccess } from "../../job/access.ts";
import { DEFAULT_TIMEOUT, type JobDefinition } from "../../job/definition.ts";
import { parseDuration } from "../../job/duration.ts";
import { DefinitionError } from "../../job/errors.ts";
import { isRecord, problem } from "../../job/problem.ts";
import type { RunContext } from "./context.ts";

/** A job with what the runtime reads from it once. */
export interface RunnableJob {
  readonly definition: JobDefinition<RunContext>;
  readonly rules: readonly AccessRule[];
  readonly timeoutMs: number;
  /** The first pass is a dry run whose mutations are counted. */
  readonly rehearse: boolean;
}

/**
 * Reads a job file's default export. `errand check` has validated it before it was deployed; here only what the run itself needs is asked for.
 *
 * @throws {DefinitionError} for what is no job, a bad timeout, or an unknown resource
 */
export function readJob(value: unknown, catalog: ResourceCatalog): RunnableJob {
  if (!isJob(value)) {
    throw new DefinitionError([
      problem("export default", "is not a job: wrap it as `export default defineJob({ … })`"),
    ]);
  }
  const { scope, limits } = value;
  return {
    // What bounds the job is nobody's to change while it runs.
    definition: { ...value, ...structuredClone({ ...(scope && { scope }), ...(limits && { limits }) }) },
    rules: inField("access", () => resolveAccess(value.access, catalog)),
    timeoutMs: inField("timeout", () => parseDuration(value.timeout ?? DEFAULT_TIMEOUT)),
    rehearse: value.rehearse !== false && Object.keys(value.limits ?? {}).length > 0,
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
