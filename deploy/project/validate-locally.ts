import { ignoredParams, validateParams } from "../../runtime/run/lifecycle/schemas.ts";
import { createRedactor } from "../../runtime/run/output/redactor.ts";
import { InvalidParamsError } from "../../runtime/run/report/failure.ts";
import { type AskParams, completeParams, type ParamSources } from "../params/complete-params.ts";
import { paramsJsonSchema } from "../params/params-schema.ts";
import type { Params } from "../params/read-params.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type JobFile, loadJobFile } from "./job-file.ts";

/**
 * Reads and validates parameters by the schema of a job file, before any cluster is asked.
 *
 * @throws {CommandError} that names each parameter and what was expected
 */
export async function validateLocally(
  path: string,
  sources: ParamSources,
  ask?: AskParams,
): Promise<{ job: JobFile; params: Params }> {
  const values = sources.param.map((pair) => pair.slice(pair.indexOf("=") + 1));
  const job = await loadJobFile(path, [sources.given, values]);
  const schema = job.definition.params;
  const { secretParams: secret = [] } = job.definition;
  const params = await completeParams({ ...sources, secret }, paramsJsonSchema(schema), ask);
  try {
    const validated = await validateParams(schema, params);
    const [ignored] = ignoredParams(params, validated);
    if (ignored !== undefined) throw new CommandError(`--param ${ignored}: the job has no such parameter`);
  } catch (error) {
    if (!(error instanceof InvalidParamsError)) throw error;
    // A schema's own message may quote what it refuses.
    const redactor = createRedactor();
    redactor.add(secret.map((name) => params[name]));
    throw new CommandError(redactor.text(error.message), { hint: error.hint });
  }
  return { job, params };
}
