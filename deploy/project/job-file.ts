import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type AccessRule, resolveAccess } from "../../runtime/job/access.ts";
import type { JobDefinition } from "../../runtime/job/definition.ts";
import { validateDefinition } from "../../runtime/job/validate.ts";
import { builtinCatalog } from "../../runtime/kube/catalog/builtin.ts";
import { type Compiled, compileJobs } from "../build/compile.ts";
import { evaluateJob } from "../build/evaluate.ts";
import { findSecretParamProblems } from "../params/params-schema.ts";
import { findScheduleProblems } from "../schedule/schedule.ts";
import { findNameProblems, isJobTest, jobNameOf } from "../settings/job-name.ts";
import { findOwnFieldProblems } from "../settings/own-fields.ts";
import { UsageError } from "../terminal/command-error.ts";
import { externalPackages, JobFileError } from "./load-config.ts";

/** A job file that was loaded and is valid. */
export interface JobFile {
  /** Absolute path. */
  readonly file: string;
  /** The job's name: the file's, without extension. */
  readonly name: string;
  readonly definition: JobDefinition;
  /** `access`, resolved against the built-in resources. */
  readonly rules: readonly AccessRule[];
  /** Packages that its bundle leaves out. */
  readonly external: readonly string[];
}

/**
 * Loads a job file and finds every problem that can be found without a cluster.
 *
 * @param path of the file
 * @param suspects values that may be secret, and that the file must not print while it loads
 * @throws {CommandError} where there is no such file, or it cannot be bundled or loaded
 * @throws {JobFileError} with every problem of its definition
 */
export async function loadJobFile(path: string, suspects?: unknown): Promise<JobFile> {
  const external = await externalPackages();
  const [compiled] = await compileJobs([jobPath(path)], external, "load");
  if (compiled?.status !== "fulfilled") throw compiled?.reason;
  return loadCompiled(path, compiled.value, external, suspects);
}

/** The absolute path of a job file. @throws {CommandError} where there is no such file, and for a test */
export function jobPath(path: string): string {
  const file = resolve(path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`Job file ${path} does not exist`, {
      hint: "Name a TypeScript file whose default export is defineJob({ … }), such as jobs/pod-cleanup.ts.",
    });
  }
  if (isJobTest(file)) {
    throw new UsageError(`${path} is a test, not a job`, {
      hint: `Name the job it tests, such as ${path.replace(/\.test(?=\.\w+$)/, "")}. Run tests with node --test or your own runner.`,
    });
  }
  return file;
}

/** Loads a compiled job. @throws {CommandError} and {JobFileError} as {@link loadJobFile} does */
export function loadCompiled(
  path: string,
  compiled: Compiled,
  external: readonly string[],
  suspects?: unknown,
): JobFile {
  const { file } = compiled;
  const name = jobNameOf(file);
  const definition = evaluateJob(compiled, suspects);
  const problems = [
    ...validateDefinition(definition, builtinCatalog),
    ...(isDefinition(definition) ? findOtherProblems(definition) : []),
    ...findNameProblems(name),
  ];
  if (problems.length > 0 || !isDefinition(definition)) {
    throw new JobFileError(path, problems);
  }
  return { file, name, definition, rules: resolveAccess(definition.access, builtinCatalog), external };
}

function findOtherProblems(definition: JobDefinition) {
  return [
    ...findScheduleProblems(definition),
    ...findSecretParamProblems(definition),
    ...findOwnFieldProblems(definition.pod),
  ];
}

function isDefinition(value: unknown): value is JobDefinition {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "errand/job";
}

const SOURCE = /\.[cm]?[jt]s$/;
/** Type declarations and configuration files are not jobs. */
const NO_JOB = /\.(?:d|config)\.[cm]?[jt]s$/;

/**
 * Finds the job files that arguments of a command name: files themselves, and in folders every source file directly in them, except tests.
 * Code that jobs share belongs in a subfolder.
 *
 * @returns each file once, in the given order, those of a folder by name
 * @throws {CommandError} for a folder without jobs, only tests, and two files that would have the same job name
 */
export function findJobFiles(filesAndFolders: readonly string[]): string[] {
  const files = [...new Set(filesAndFolders.flatMap((each) => filesOf(each, filesAndFolders.length > 1)))];
  if (files.length === 0) {
    throw new UsageError(`${filesAndFolders.join(", ")}: these are tests, not jobs`, {
      hint: "Name the jobs they test.",
    });
  }
  const fileByName = new Map<string, string>();
  for (const file of files) {
    const other = fileByName.get(jobNameOf(file));
    if (other !== undefined) {
      throw new UsageError(`${other} and ${file} would both be the job ${jobNameOf(file)}`, {
        hint: "A job has the name of its file: rename one of them, or deploy them to two namespaces.",
      });
    }
    fileByName.set(jobNameOf(file), file);
  }
  return files;
}

/** The shell expands `jobs/*.ts` with tests, so tests among several files are skipped. A test that is the only file is refused later. */
function filesOf(fileOrFolder: string, isOneOfSeveral: boolean): string[] {
  const found = statSync(fileOrFolder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return isOneOfSeveral && isJobTest(fileOrFolder) ? [] : [fileOrFolder];
  const files = readdirSync(fileOrFolder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !NO_JOB.test(entry.name) && !isJobTest(entry.name))
    .map(({ name }) => join(fileOrFolder, name))
    .sort();
  if (files.length > 0) return files;
  throw new UsageError(`Folder ${fileOrFolder} has no job files`, {
    hint: "Jobs are source files directly in it (*.ts, such as jobs/pod-cleanup.ts), except tests.",
  });
}
