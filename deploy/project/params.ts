import type { JobDefinition, StandardIssue } from "../../runtime/job/definition.ts";
import { ignoredParams, validateParams } from "../../runtime/run/lifecycle/schemas.ts";
import { createRedactor } from "../../runtime/run/output/redactor.ts";
import { InvalidParamsError } from "../../runtime/run/report/failure.ts";
import {
  type AskParams,
  combineParams,
  completeParams,
  describeParams,
  missingError,
  type ParamSources,
} from "../params/complete-params.ts";
import { paramsJsonSchema } from "../params/params-schema.ts";
import { type Params, refuseMisfit } from "../params/read-params.ts";
import type { ResolvedSettings } from "../settings/define-config.ts";
import type { Origin } from "../settings/merge.ts";
import { type SettingFlags, settingsOfJob } from "../settings/resolve-settings.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type JobFile, loadJobFile } from "./job-file.ts";
import { resolveSettings } from "./load-config.ts";

/** How the parameters of one run are read. */
export interface RunParamOptions {
  /** Asks a person for missing parameters; absent where nobody can answer. */
  readonly ask?: AskParams | undefined;
  /** Validates only the given parameters: others may come from elsewhere. */
  readonly partial?: true;
  /** With them, parameters default to those of `errand.config.ts`. */
  readonly flags?: SettingFlags;
}

/**
 * Reads the parameters of a run and validates them with the schema of its job file, without a cluster.
 *
 * @returns also the settings of the job, those of `errand.config.ts` included where there are `flags`
 * @throws {CommandError} that names each wrong parameter and what was expected
 */
export async function validateLocally(
  path: string,
  sources: ParamSources,
  { ask, partial, flags }: RunParamOptions = {},
): Promise<{ job: JobFile; params: Params; settings: ResolvedSettings }> {
  const values = sources.param.map((pair) => pair.slice(pair.indexOf("=") + 1));
  const job = await loadJobFile(path, [sources.given, values]);
  const { definition } = job;
  const schema = paramsJsonSchema(definition.params);
  const settings =
    flags === undefined ? settingsOfJob(definition) : (await resolveSettings(path, definition, flags)).settings;
  const all = { ...sources, secret: definition.secretParams ?? [], scheduled: settings.params };
  if (partial) {
    const params = combineParams(all, schema);
    const { wrong } = await findIssues(definition, params);
    if (wrong.length > 0) await refuseInvalidFor(definition, params);
    return { job, params, settings };
  }
  const params = await completeParams(all, schema, ask);
  const { wrong, missing } = await findIssues(definition, params);
  if (wrong.length === 0 && missing.length > 0) throw missingError(missing, schema);
  await refuseInvalidFor(definition, params);
  return { job, params, settings };
}

/**
 * Validates all parameters of a run with the job's own schema, which can be stricter than JSON Schema can express.
 *
 * @throws {CommandError} that names each wrong parameter and what was expected
 */
export async function refuseInvalidFor(
  { params: schema, secretParams = [] }: JobDefinition,
  params: Params,
): Promise<void> {
  try {
    const validated = await validateParams(schema, params);
    const [ignored] = ignoredParams(params, validated);
    if (ignored !== undefined) throw new CommandError(`--param ${ignored}: the job has no such parameter`);
  } catch (error) {
    if (!(error instanceof InvalidParamsError)) throw error;
    // A schema's own messages may quote the value.
    const redactor = createRedactor();
    redactor.add(secretParams.map((name) => params[name]));
    throw new CommandError(redactor.text(error.message), { hint: error.hint });
  }
}

/**
 * Refuses parameters of a schedule that the job would refuse when it runs, and a schedule that lacks a required one.
 *
 * @param path of the job file, as the person wrote it
 * @param params those that its CronJob would have
 * @param origins where each setting comes from, for messages
 * @param mayLack required parameters are given later, such as by the values of a Helm chart
 * @throws {CommandError} that says where the parameter was set, or how to set it
 */
export async function refuseScheduleParams(
  path: string,
  { name: job, definition }: JobFile,
  { params = {} }: ResolvedSettings,
  origins: readonly Origin[],
  mayLack: boolean,
): Promise<void> {
  const { params: schema, secretParams: secret = [], schedule } = definition;
  const jsonSchema = paramsJsonSchema(schema);
  const placeOf = (name: string) => {
    const source = origins.find((origin) => origin.path === `params.${name}`)?.source ?? path;
    return source.startsWith("-") ? `${source} ${name}` : `${source}: jobs.${job}.params.${name}`;
  };
  for (const [name, value] of Object.entries(params)) {
    if (secret.includes(name)) throw secretError(`${placeOf(name)}: ${name} is secret`, job, name);
    if (schema === undefined) {
      throw new CommandError(`${placeOf(name)}: this job takes no parameters`, {
        hint: "Add a `params` schema to the job file, or leave the parameter out.",
      });
    }
    if (jsonSchema !== undefined) refuseMisfit(placeOf(name), name, value, jsonSchema, false);
  }
  const { wrong, missing, ignored } = await findIssues(definition, params);
  const lines = [
    ...wrong.map((issue) => `${placeOf(String(firstKey(issue) ?? ""))}: ${issue.message}`),
    ...ignored.map((name) => `${placeOf(name)}: the job has no such parameter`),
  ];
  if (lines.length > 0) throw new CommandError([...new Set(lines)].join("\n"));
  const [first] = missing;
  if (first === undefined || schedule === undefined) return;
  const hidden = missing.find((name) => secret.includes(name));
  if (hidden !== undefined) throw secretError(`${path}: ${hidden} is required and secret`, job, hidden);
  if (mayLack) return;
  const verb = missing.length === 1 ? "is" : "are";
  throw new CommandError(
    `${path}: its schedule gives no value for ${describeParams(missing, jsonSchema)}, which ${verb} required`,
    {
      hint: `Set a default in the job file, pass -p ${first}=VALUE, or set it in errand.config.ts: jobs: { "${job}": { params: { ${first}: … } } }`,
    },
  );
}

function secretError(problem: string, job: string, name: string): CommandError {
  return new CommandError(`${problem}: whoever can read the CronJob can read the parameters of its schedule`, {
    hint: `Keep it in a Secret and declare \`secrets: { ${name}: "NAME/KEY" }\` in the job file; for a single run: errand trigger ${job} -p ${name}=VALUE`,
  });
}

interface Issues {
  /** Issues of a given parameter, or of all of them together. */
  readonly wrong: readonly StandardIssue[];
  /** Names of required parameters that are not given. */
  readonly missing: readonly string[];
  /** Names of parameters that the schema ignores. */
  readonly ignored: readonly string[];
}

async function findIssues({ params: schema }: JobDefinition, params: Params): Promise<Issues> {
  if (schema === undefined) return { wrong: [], missing: [], ignored: Object.keys(params) };
  const outcome = await schema["~standard"].validate(params);
  if (outcome.issues === undefined) return { wrong: [], missing: [], ignored: ignoredParams(params, outcome.value) };
  const isMissing = (issue: StandardIssue) => {
    const key = firstKey(issue);
    return key !== undefined && !Object.hasOwn(params, key);
  };
  return {
    wrong: outcome.issues.filter((issue) => !isMissing(issue)),
    missing: [...new Set(outcome.issues.filter(isMissing).map((issue) => String(firstKey(issue))))],
    ignored: [],
  };
}

function firstKey({ path: [part] = [] }: StandardIssue): PropertyKey | undefined {
  return typeof part === "object" ? part.key : part;
}
