import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { JobSettings } from "../../runtime/job/definition.ts";
import type { DefinitionProblem } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { type Cluster, openCluster } from "../cluster/connect.ts";
import { loadTarget, type TargetFlags } from "../kubeconfig/target.ts";
import type { Config, Settings } from "../settings/define-config.ts";
import { jobNameOf } from "../settings/job-name.ts";
import { isMap, type Layer, merge } from "../settings/merge.ts";
import { combineSettings, type SettingFlags } from "../settings/resolve-settings.ts";
import { findDistrust, safeFolderHint } from "../settings/trusted-files.ts";
import { findConfigProblems } from "../settings/validate-settings.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { style, talk } from "../terminal/talk.ts";

/**
 * Connects to a cluster and a namespace: those of the flags, else of `errand.config.ts`, else of the kubeconfig.
 *
 * @throws {CommandError} where none is named, or the one that is cannot be used; then nothing was sent
 */
export async function connect(flags: TargetFlags): Promise<Cluster> {
  return openCluster(await loadTarget(await withConfiguredTarget(flags)));
}

/**
 * Completes the flags that name the cluster and namespace with the settings of `errand.config.ts`.
 *
 * @throws {CommandError} as {@link loadConfigLayers} does
 */
export async function withConfiguredTarget(flags: TargetFlags, folder = process.cwd()): Promise<TargetFlags> {
  const layers = await loadConfigLayers(folder, flags.env);
  const { context, namespace } = Object.assign({}, ...layers.map(({ values }) => values)) as Settings;
  return { ...flags, context: flags.context ?? context, namespace: flags.namespace ?? namespace };
}

/** What `errand.config.ts` says of the hub, and of alerts for jobs that say nothing. @throws {CommandError} as {@link loadConfigLayers} does */
export async function hubSettings(environment: string | undefined, folder = process.cwd()) {
  const layers = await loadConfigLayers(folder, environment);
  const { hub, alerts } = layers.reduce<unknown>((merged, { values }) => merge(merged, values), {}) as Settings;
  return {
    ...(hub?.channels === undefined ? {} : { channels: hub.channels }),
    ...(alerts === undefined ? {} : { alerts }),
  };
}

/** In order of preference. */
const FILE_NAMES = ["errand.config.ts", "errand.config.js", "errand.config.mjs"];

/** A folder with one of these is the top of a project: the search ends there. */
const TOP_MARKS = [".git", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/**
 * Loads the project's configuration: `errand.config.ts` from this folder, or the nearest one above it, up to the project's top.
 *
 * @param folder where the search begins
 * @param environment the value of `--env`
 * @returns its layers, the weakest first; none without such a file
 * @throws {CommandError} for a file that is somebody else's or invalid, and for an unknown environment
 */
export async function loadConfigLayers(folder: string, environment: string | undefined): Promise<Layer[]> {
  const file = findConfigFile(folder);
  if (file === undefined) {
    if (environment === undefined) return [];
    throw new UsageError(`--env ${environment}: no errand.config.ts in ${folder} or above it`, {
      hint: "Create one: export default defineConfig({ environments: { … } }), from errand/config.",
    });
  }
  const name = relative(folder, file);
  const { environments = {}, ...defaults } = await readConfig(file, name);
  const layers: Layer[] = [{ source: name, values: defaults }];
  if (environment === undefined) return layers;
  if (!Object.hasOwn(environments, environment)) {
    const known = Object.keys(environments).join(", ");
    throw new UsageError(`--env ${environment}: ${name} has no such environment`, {
      hint: known === "" ? "It has none: add `environments` to it." : `It has: ${known}`,
    });
  }
  const values: Settings = environments[environment] ?? {};
  return [...layers, { source: `${name}, environment ${environment}`, values: { ...values } }];
}

/** The settings of a job, with the origin of each. @throws {CommandError} as {@link loadConfigLayers} does */
export async function resolveSettings(
  file: string,
  definition: JobSettings,
  flags: SettingFlags,
  folder = process.cwd(),
) {
  const layers = await loadConfigLayers(folder, flags.env);
  for (const layer of layers) warnOfMisnamedJob(file, layer);
  return combineSettings(file, definition, layers, flags);
}

/** Settings under a misspelt job name have no effect, and nobody would notice until the job runs. */
function warnOfMisnamedJob(file: string, { source, values: { jobs } }: Layer): void {
  const name = jobNameOf(file);
  if (!isMap(jobs) || Object.hasOwn(jobs, name)) return;
  const folder = dirname(file);
  const known = [file, ...(existsSync(folder) ? readdirSync(folder) : [])].map(jobNameOf);
  const similar = closestWord(
    name,
    Object.keys(jobs).filter((each) => !known.includes(each)),
  );
  if (similar === undefined) return;
  talk(`${style.yellow("warning:")} ${source}: jobs.${similar}: ${folder} has no such job; did you mean "${name}"?`);
}

/** The packages that the project's configuration leaves out of bundles. @throws {CommandError} as {@link loadConfigLayers} does */
export async function externalPackages(folder = process.cwd()): Promise<readonly string[]> {
  const file = findConfigFile(folder);
  return file === undefined ? [] : ((await readConfig(file, relative(folder, file))).external ?? []);
}

function findConfigFile(folder: string): string | undefined {
  for (const name of FILE_NAMES) {
    if (existsSync(join(folder, name))) return join(folder, name);
  }
  const above = dirname(folder);
  const isTop = above === folder || TOP_MARKS.some((mark) => existsSync(join(folder, mark)));
  return isTop ? undefined : findConfigFile(above);
}

async function readConfig(file: string, name: string): Promise<Config> {
  // It is a program that nobody named, and it chooses the cluster.
  const distrust = findDistrust(file);
  if (distrust !== undefined) {
    throw new CommandError(`Refusing to run ${name}: ${distrust}`, { hint: safeFolderHint(file) });
  }
  const { mtimeMs, size, ino } = statSync(file);
  const version = [file, mtimeMs, size, ino].join(" ");
  const config = await (evaluated.get(version) ?? evaluate(file, version));
  const problems = findConfigProblems(config);
  if (problems.length > 0) throw new JobFileError(name, problems);
  return config as Config;
}

/** What configuration files export, by path and state: a command needs it for its jobs, settings and cluster, but evaluates the file once. */
const evaluated = new Map<string, Promise<unknown>>();

function evaluate(file: string, version: string): Promise<unknown> {
  // Loads the bundler only for projects that have such a file.
  const config = import("../build/evaluate.ts").then(({ evaluateConfigFile }) => evaluateConfigFile(file));
  evaluated.set(version, config);
  return config;
}

/** A job file or `errand.config.ts` with problems. Its message has a line for each, with file and field, as compilers write them. */
export class JobFileError extends CommandError {
  readonly problems: readonly DefinitionProblem[];

  /** @param file as the person wrote it */
  constructor(file: string, problems: readonly DefinitionProblem[]) {
    super(problems.map(({ field, message }) => `${file}: ${field}: ${message}`).join("\n"));
    this.problems = problems;
  }
}
