import { basename } from "node:path";
import type { DefinitionProblem } from "../../runtime/job/problem.ts";

/**
 * A CronJob's name may have 52 characters: the controller adds `-` and the scheduled minute (8 digits) for the Job, and an Indexed Job adds `-0` for its pod's host
 * name, which is a label of 63. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
const JOB_NAME_LENGTH_MAX = 52;

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const EXTENSION = /\.(?:[cm]?[jt]s)$/;

/** A job has the name of its file: `jobs/pod-cleanup.ts` is `pod-cleanup`. */
export function jobNameOf(file: string): string {
  return basename(file).replace(EXTENSION, "");
}

/** True for a test. Tests are beside the jobs that they test, so `jobs/*.ts` matches them too. */
export function isJobTest(file: string): boolean {
  return /\.test\.[cm]?[jt]s$/.test(file);
}

/** Finds what is wrong with a job's name, which becomes the name of Kubernetes objects and a label. */
export function findNameProblems(name: string): DefinitionProblem[] {
  const field = "file name";
  if (!DNS_LABEL.test(name)) {
    const suggestion = kebabCase(name);
    const hint = DNS_LABEL.test(suggestion) ? `; rename the file to ${suggestion}.ts` : "";
    return [{ field, message: `"${name}" is not a valid job name: use lower-case letters, digits and dashes${hint}` }];
  }
  if (name.length > JOB_NAME_LENGTH_MAX) {
    const message = `"${name}" has ${name.length} characters; a CronJob's name may have at most ${JOB_NAME_LENGTH_MAX}`;
    return [{ field, message }];
  }
  return [];
}

function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
