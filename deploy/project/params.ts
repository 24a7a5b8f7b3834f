import type { JobDefinition, StandardIssue } from "../../runtime/job/definition.ts";
import { ignoredParams, validateParams } from "../../runtime/run/lifecycle/schemas.ts";
import { createRedactor } from "../../runtime/run/output/redactor.ts";
import { InvalidParamsError } from "../../runtime/run/report/failure.ts";
import {
  type AskParams,
  combineParams,
  completeParams,
  describeParams,
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

/** Parameters held against the schema of a job file: those of one run, and those with which its schedule starts each run. */

/** How the parameters of one run are read. */
export interface RunParamOptions {
  /** Asks a person for what is missing. Absent: nobody can answer. */
  readonly ask?: AskParams | undefined;
  /** What is missing may come from elsewhere: only what is given is looked at. */
  readonly partial?: true;
  /** Starts from the parameters that `errand.config.ts` has for the schedule. Absent: from nothing. */
  readonly flags?: SettingFlags;
}

/**
 * Reads and validates the parameters of a run by the schema of a job file, before any cluster is asked.
 *
 * @returns with what is in force for the job, of which `errand.config.ts` is a part where there are `flags`
 * @throws {CommandError} that names each parameter and what was expected
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
  await refuseInvalidFor(definition, params);
  return { job, params, settings };
}

/**
 * Holds all parameters of a run against a job's own schema, which may say more than JSON Schema has words for.
 *
 * @throws {CommandError} that names each parameter and what was expected
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
    // A schema's own message may quote what it refuses.
    const redactor = createRedactor();
    redactor.add(secretParams.map((name) => params[name]));
    throw new CommandError(redactor.text(error.message), { hint: error.hint });
  }
}

/**
 * Refuses parameters of a schedule that the job would refuse at night, and a schedule that lacks one that the job needs.
 *
 * @param path of the job file, as the person wrote it
 * @param params what its CronJob would hold
 * @param origins where each setting comes from, for the message
 * @param mayLack what is missing is given later, such as by the values of a Helm chart
 * @throws {CommandError} that says where the parameter was given, or how to give it
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
  return new CommandError(`${problem}: anybody who may read a CronJob can read its schedule's parameters`, {
    hint: `Keep it in a Secret and declare \`secrets: { ${name}: "NAME/KEY" }\` in the job file; for a single run: errand trigger ${job} -p ${name}=VALUE`,
  });
}

interface Issues {
  /** About what is given, or about all of it together. */
  readonly wrong: readonly StandardIssue[];
  /** Names that are required and not given. */
  readonly missing: readonly string[];
  /** Names that the schema took no notice of. */
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
