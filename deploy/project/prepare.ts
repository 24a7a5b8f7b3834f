import { MAIN_FILE, MAP_FILE } from "../build/boot.ts";
import { type Bundle, packJob } from "../build/bundle.ts";
import { type Compiled, compileJobs } from "../build/compile.ts";
import { describeShares, formatBytes } from "../build/size-report.ts";
import { podTemplate } from "../manifests/pod-template.ts";
import { findRestrictedProblems } from "../manifests/restricted-level.ts";
import { combineParams } from "../params/complete-params.ts";
import { paramsJsonSchema } from "../params/params-schema.ts";
import { readParamsFile } from "../params/read-params.ts";
import type { ResolvedSettings } from "../settings/define-config.ts";
import type { Origin } from "../settings/merge.ts";
import { type SettingFlags, settingsOfJob } from "../settings/resolve-settings.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { style, talk } from "../terminal/talk.ts";
import { type JobFile, jobPath, loadCompiled } from "./job-file.ts";
import { externalPackages, resolveSettings } from "./load-config.ts";
import { refuseScheduleParams } from "./params.ts";

/** The limit of a ConfigMap's data, in bytes. https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const CONFIG_MAP_BYTES_MAX = 2 ** 20;

/** A job that is ready to be deployed. */
export interface PreparedJob extends JobFile {
  readonly bundle: Bundle;
  readonly settings: ResolvedSettings;
  /** Where each setting comes from. */
  readonly origins: readonly Origin[];
}

/** Flags of commands that prepare jobs for a deploy. */
export interface PrepareFlags extends SettingFlags {
  /** Parameters of scheduled runs, as `key=value`. */
  readonly param?: readonly string[];
  /** A file with more of them, or `-` for standard input. */
  readonly params?: string | undefined;
  /** Required parameters may be missing, since they are given later, such as by the values of a Helm chart. */
  readonly mayLackParams?: boolean | undefined;
}

/**
 * Loads, checks and bundles a job file: everything that a deploy does before its first request.
 *
 * @param flags absent: of `errand.config.ts`, only `external` counts
 * @throws {CommandError} for an invalid file, an unsafe pod, and a bundle that does not fit in a ConfigMap
 */
export async function prepareJob(path: string, flags?: PrepareFlags): Promise<PreparedJob> {
  const [job] = await prepareJobs([path], flags);
  if (job === undefined) throw new Error(`${path} was not prepared`);
  return job;
}

/** Prepares several job files at once. @throws {CommandError} as {@link prepareEach} and {@link prepareJob} do, for the first that cannot be prepared */
export async function prepareJobs(paths: readonly string[], flags?: PrepareFlags): Promise<PreparedJob[]> {
  return (await prepareEach(paths, flags)).map((each) => {
    if (each.status === "rejected") throw each.reason;
    return each.value;
  });
}

/**
 * Prepares several job files at once, each independently of the others.
 *
 * @returns in the order of the files; rejected as {@link prepareJob} is
 * @throws {CommandError} for parameters, where there are several files
 */
export async function prepareEach(
  paths: readonly string[],
  flags?: PrepareFlags,
): Promise<PromiseSettledResult<PreparedJob>[]> {
  if (flags !== undefined) refuseSharedParams(paths, flags);
  const external = await externalPackages();
  const found = await Promise.allSettled(paths.map(async (path) => jobPath(path)));
  const files = found.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const compiled = await compileJobs(files, external, "deploy");
  const prepared = await Promise.allSettled(
    paths.map(async (path, index) => {
      const file = found[index];
      if (file?.status !== "fulfilled") throw file?.reason;
      const module = compiled[files.indexOf(file.value)];
      if (module?.status !== "fulfilled") throw module?.reason;
      return await prepare(path, module.value, external, flags);
    }),
  );
  const warnings = prepared.flatMap((each) => (each.status === "fulfilled" ? each.value.bundle.warnings : []));
  for (const warning of new Set(warnings)) talk(`${style.yellow("warning:")} ${warning}`);
  return prepared;
}

/** @throws {CommandError} for parameters, where there are several files */
function refuseSharedParams(paths: readonly string[], { param = [], params }: PrepareFlags): void {
  if (paths.length < 2 || (param.length === 0 && params === undefined)) return;
  throw new UsageError(
    `${param.length > 0 ? "-p" : "--params"} applies to one job, but you gave ${paths.length} files`,
    {
      hint: 'Name one file, or give each job its own in errand.config.ts: jobs: { "NAME": { params: { … } } }',
    },
  );
}

async function prepare(
  path: string,
  compiled: Compiled,
  external: readonly string[],
  flags: PrepareFlags | undefined,
): Promise<PreparedJob> {
  const job = loadCompiled(path, compiled, external);
  const resolved = flags === undefined ? ofJobAlone(job) : await resolve(path, job, flags);
  refuseUnsafePod(path, job, resolved.settings);
  const bundle = await packJob(compiled);
  if (resolved.settings.bundledImage === undefined && bundle.size.shippedBytes > CONFIG_MAP_BYTES_MAX) {
    const size = formatBytes(bundle.size.shippedBytes);
    throw new CommandError(`${path}: the compressed bundle is ${size}, but a ConfigMap holds at most 1.0 MB`, {
      hint: `Sizes before compression: ${describeShares(bundle.size)}. Import less, or build an image: errand build ${path}`,
    });
  }
  return { ...job, origins: resolved.origins, settings: withImageName(resolved.settings, job.name, bundle), bundle };
}

async function resolve(path: string, job: JobFile, { param = [], params, mayLackParams, ...flags }: PrepareFlags) {
  const given = params === undefined ? undefined : await readParamsFile(params);
  const { params: schema, secretParams: secret = [] } = job.definition;
  const scheduleParams = combineParams({ param, given, secret }, paramsJsonSchema(schema));
  const resolved = await resolveSettings(path, job.definition, { ...flags, scheduleParams });
  await refuseScheduleParams(path, job, resolved.settings, resolved.origins, mayLackParams ?? false);
  return resolved;
}

/** Fills in the placeholders of `registry.example/{job}:{revision}`. */
function withImageName(settings: ResolvedSettings, job: string, { hash }: Bundle): ResolvedSettings {
  if (settings.bundledImage === undefined) return settings;
  const bundledImage = settings.bundledImage.replaceAll("{job}", job).replaceAll("{revision}", hash);
  return { ...settings, bundledImage };
}

function ofJobAlone({ definition, external }: JobFile) {
  return { settings: { ...settingsOfJob(definition), external }, origins: [] };
}

/** Namespaces that enforce the restricted level would refuse the pods, long after the deploy. */
function refuseUnsafePod(path: string, job: JobFile, settings: ResolvedSettings): void {
  const none = { hash: "", files: { [MAIN_FILE]: new Uint8Array(), [MAP_FILE]: new Uint8Array() } };
  const { spec } = podTemplate({ ...job, namespace: "", bundle: none, settings });
  const [first, ...others] = findRestrictedProblems(spec);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new CommandError(`${path}: its pod would break the restricted Pod Security level: ${first}${more}`, {
    hint: `Correct \`pod\` in the job file or in errand.config.ts: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted`,
  });
}

/** @throws {CommandError} where several jobs would use the same image for their bundles */
export function refuseSharedImage(jobs: readonly PreparedJob[]): void {
  const images = jobs.flatMap(({ settings }) => settings.bundledImage ?? []);
  const shared = images.find((image, index) => images.indexOf(image) !== index);
  if (shared === undefined) return;
  throw new UsageError(`--bundled-image ${shared} names one image, but each job needs its own`, {
    hint: "Include job and revision in the name: --bundled-image 'registry.example/{job}:{revision}'",
  });
}
