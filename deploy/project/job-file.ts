import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type AccessRule, resolveAccess } from "../../runtime/job/access.ts";
import type { JobDefinition } from "../../runtime/job/definition.ts";
import { validateDefinition } from "../../runtime/job/validate.ts";
import { builtinCatalog } from "../../runtime/kube/catalog/builtin.ts";
import { evaluateJobFile } from "../build/evaluate.ts";
import { findSecretParamProblems } from "../params/secret-params.ts";
import { findScheduleProblems } from "../schedule/schedule.ts";
import { findNameProblems, isJobTest, jobNameOf } from "../settings/job-name.ts";
import { findOwnFieldProblems } from "../settings/own-fields.ts";
import { CommandError } from "../terminal/command-error.ts";
import { JobFileError } from "./job-file-error.ts";
import { externalPackages } from "./load-config.ts";

/** A job file that was loaded and found to be usable. */
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
 * Loads a job file and finds everything in it that can be known to be wrong without a cluster.
 *
 * @param path of the file
 * @param suspects what it must not print while it loads
 * @throws {CommandError} where there is no such file, or it cannot be built or loaded
 * @throws {JobFileError} with every problem of its definition
 */
export async function loadJobFile(path: string, suspects?: unknown): Promise<JobFile> {
  const file = resolve(path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new CommandError(`There is no job file ${path}`, {
      hint: "Give the path of a TypeScript file whose default export is defineJob({ … }), such as jobs/pod-cleanup.ts.",
    });
  }
  if (isJobTest(file)) {
    throw new CommandError(`${path} is a test, and no job`, {
      hint: `Give the job that it is about, such as ${path.replace(/\.test(?=\.\w+$)/, "")}; tests are run by node --test, or by your own runner.`,
    });
  }
  const name = jobNameOf(file);
  const external = await externalPackages();
  const { default: definition } = await evaluateJobFile(file, external, suspects);
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
