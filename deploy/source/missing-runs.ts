import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { JobRecords } from "../runs/fetch-jobs.ts";
import { endCondition } from "../runs/history/run-objects.ts";
import type { RunFilter } from "./run-source.ts";

/** What Kubernetes keeps of a CronJob that does not say. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits */
const SUCCESSES = 3;
const FAILURES = 1;

/** So many jobs are named. */
const NAMES_MAX = 3;

/**
 * Says what Kubernetes may have deleted of what a filter selects: a CronJob keeps only its newest Jobs, apart for those that completed and those that failed.
 *
 * @returns a sentence; undefined where all that the filter selects is still there
 */
export function missingRuns(jobs: readonly JobRecords[], filter: RunFilter): string | undefined {
  const cut = jobs.filter((job) => isCut(job, filter));
  const [first, ...others] = cut.map(({ cronJob }) => cronJob.metadata.name);
  if (first === undefined) return undefined;
  if (filter.job !== undefined && others.length === 0) {
    const { successes, failures } = limitsOf(cut[0] as JobRecords);
    const kept = `${successes} that completed and ${failures} that failed`;
    return `Kubernetes keeps only the newest runs of ${first}: ${kept}. Older ones may be gone.`;
  }
  const names = [first, ...others.slice(0, NAMES_MAX - 1)].join(", ");
  const more = others.length < NAMES_MAX ? "" : ` and ${others.length + 1 - NAMES_MAX} more`;
  return `Kubernetes keeps only the newest runs of each job. Older ones of ${names}${more} may be gone.`;
}

function limitsOf({ cronJob: { spec } }: JobRecords) {
  const { successfulJobsHistoryLimit: successes = SUCCESSES, failedJobsHistoryLimit: failures = FAILURES } = spec ?? {};
  return { successes, failures };
}

function isCut(job: JobRecords, { outcomes = [], since }: RunFilter): boolean {
  const { successes, failures } = limitsOf(job);
  const wants = (type: "Complete" | "Failed") => outcomes.length === 0 || outcomes.some((each) => jobEnds(each, type));
  return (
    (wants("Complete") && isFull(job, "Complete", successes, since)) ||
    (wants("Failed") && isFull(job, "Failed", failures, since))
  );
}

/** True where a run of that outcome may have left a Job with that condition: a process that ended with code 0 and no report is `lost`, and its Job complete. */
function jobEnds(outcome: string, type: "Complete" | "Failed"): boolean {
  if (!Object.hasOwn(OUTCOMES, outcome) || outcome === "running") return false;
  if (outcome === "lost" || outcome === "unknown") return true;
  return (outcome === "succeeded") === (type === "Complete");
}

/** True where there is no room for more, and the oldest that is kept began later than what is asked for. */
function isFull({ runs }: JobRecords, type: "Complete" | "Failed", limit: number, since: Date | undefined): boolean {
  const kept = runs.filter(({ job }) => endCondition(job)?.type === type);
  if (kept.length < limit) return false;
  const oldest = kept.at(-1)?.job.metadata.creationTimestamp;
  return since === undefined || oldest === undefined || Date.parse(oldest) > since.getTime();
}
