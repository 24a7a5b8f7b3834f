import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { JobSettings } from "../../runtime/job/definition.ts";
import type { DefinitionProblem } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { type Cluster, openCluster } from "../cluster/connect.ts";
import { loadTarget, type TargetFlags } from "../kubeconfig/target.ts";
import type { Config, Settings } from "../settings/define-config.ts";
import { jobNameOf } from "../settings/job-name.ts";
import { isMap, type Layer } from "../settings/merge.ts";
import { combineSettings, type SettingFlags } from "../settings/resolve-settings.ts";
import { findDistrust, safeFolderHint } from "../settings/trusted-files.ts";
import { findConfigProblems } from "../settings/validate-settings.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { style, talk } from "../terminal/talk.ts";

/**
 * Connects to the cluster and the namespace that flags, `errand.config.ts` and the kubeconfig name, in this order.
 *
 * @throws {CommandError} where they name none, or one that cannot be used; then nothing was sent
 */
export async function connect(flags: TargetFlags): Promise<Cluster> {
  return openCluster(await loadTarget(await withConfiguredTarget(flags)));
}

/**
 * Completes the flags that say which cluster and namespace a command is about by what `errand.config.ts` says of them.
 *
 * @throws {CommandError} for a configuration that cannot be used, and for an environment that it does not have
 */
export async function withConfiguredTarget(flags: TargetFlags, folder = process.cwd()): Promise<TargetFlags> {
  const layers = await loadConfigLayers(folder, flags.env);
  const { context, namespace } = Object.assign({}, ...layers.map(({ values }) => values)) as Settings;
  return { ...flags, context: flags.context ?? context, namespace: flags.namespace ?? namespace };
}

/** In the order in which they are looked for. */
const FILE_NAMES = ["errand.config.ts", "errand.config.js", "errand.config.mjs"];

/** A folder with one of these is a project's top: nothing above it is looked at. */
const TOP_MARKS = [".git", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/**
 * Loads the project's configuration: `errand.config.ts` of this folder, or of the nearest one above it, up to the project's top.
 *
 * @param folder where to begin
 * @param environment what `--env` names
 * @returns its layers, the weakest first; none where there is no such file
 * @throws {CommandError} for a file that is somebody else's or cannot be used, and for an environment that it does not have
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

/** The settings of a job, with where each comes from. @throws {CommandError} as {@link loadConfigLayers} does */
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

/** What is said about a job of another name has no effect on this one, and nobody would notice before its runs. */
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
  // It is a program that nobody named, and it says which cluster is meant.
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

/** What the files that this process has read export, by path and state: a command asks for its jobs, its settings and its cluster, and runs the file once. */
const evaluated = new Map<string, Promise<unknown>>();

function evaluate(file: string, version: string): Promise<unknown> {
  // Bundling takes a moment, which commands without such a file are spared.
  const config = import("../build/evaluate.ts").then(({ evaluateConfigFile }) => evaluateConfigFile(file));
  evaluated.set(version, config);
  return config;
}

/** A job file, or `errand.config.ts`, that cannot be used. One line a problem, each with the file and the field, as compilers write them. */
export class JobFileError extends CommandError {
  readonly problems: readonly DefinitionProblem[];

  /** @param file as the person wrote it */
  constructor(file: string, problems: readonly DefinitionProblem[]) {
    super(problems.map(({ field, message }) => `${file}: ${field}: ${message}`).join("\n"));
    this.problems = problems;
  }
}
