import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { type Explanation, explainError } from "../cluster/explain-error.ts";
import { REVISION_LABEL } from "../manifests/manifest.ts";
import type { PreparedJob } from "../project/prepare.ts";
import { getJob } from "../runs/find-job.ts";
import { inParallel } from "./apply.ts";
import { type Deployed, type DeployOptions, type DeployTarget, deployJobs } from "./deploy-jobs.ts";
import type { JobState } from "./try-manifests.ts";

/** How a deploy went in one namespace. */
export interface TargetResult {
  readonly namespace: string;
  /** Absent where it failed. */
  readonly deployed?: readonly Deployed[];
  readonly error?: Explanation;
  /** What the namespace has of each job now, whether the deploy failed or not. */
  readonly present: readonly PresentJob[];
}

interface PresentJob {
  readonly job: string;
  /** Absent for a job that is not there, or could not be read. */
  readonly revision?: string;
  /** Whether it is there could not be read. */
  readonly unknown?: true;
  /** Only of a failed deploy: `failed` for the job that it failed for, `notApplied` for those that had not begun, `applied` and `partlyApplied` for those that had. */
  readonly state?: JobState | "notApplied";
}

/** Deploys jobs to several namespaces at once. Each is all or none by itself: a failure in one does not affect the others. */
export async function deployToNamespaces(
  target: Omit<DeployTarget, "namespace">,
  namespaces: readonly string[],
  jobs: readonly PreparedJob[],
  options: DeployOptions,
): Promise<TargetResult[]> {
  return await inParallel(namespaces, (namespace) => deployTo({ ...target, namespace }, jobs, options));
}

async function deployTo(
  target: DeployTarget,
  jobs: readonly PreparedJob[],
  options: DeployOptions,
): Promise<TargetResult> {
  const { namespace } = target;
  const states = new Map<string, JobState>();
  try {
    const deployed = await deployJobs(target, jobs, { ...options, onJobState: (job, state) => states.set(job, state) });
    return { namespace, deployed, present: await readPresent(target, jobs) };
  } catch (error) {
    // An error that is not about a single job is about all of them.
    const isOfJobs = [...states.values()].includes("failed");
    const stateOf = (job: string): PresentJob["state"] & string =>
      isOfJobs ? (states.get(job) ?? "notApplied") : "failed";
    const present = (await readPresent(target, jobs)).map((each) => ({ ...each, state: stateOf(each.job) }));
    return { namespace, error: plain(explainError(error)), present };
  }
}

/** An error as `-o json` prints it: without cause and stack. */
function plain({ message, hint, reason, exitCode }: Explanation): Explanation {
  return { message, ...(hint === undefined ? {} : { hint }), ...(reason === undefined ? {} : { reason }), exitCode };
}

function readPresent(
  { client, namespace }: DeployTarget,
  jobs: readonly PreparedJob[],
): Promise<TargetResult["present"]> {
  return Promise.all(
    jobs.map(async ({ name: job }): Promise<PresentJob> => {
      try {
        const live = await getJob(client, namespace, job);
        const revision = live?.metadata.labels?.[REVISION_LABEL];
        return { job, ...(revision === undefined ? {} : { revision }) };
      } catch {
        // The deploy's own error tells why.
        return { job, unknown: true };
      }
    }),
  );
}

/** What a deploy exits with: the code of its failures where all have the same, else 1. */
export function exitCodeOfTargets(results: readonly Partial<TargetResult>[]): number {
  const codes = new Set(
    results.flatMap(({ deployed = [], error }) => [
      ...(error === undefined ? [] : [error.exitCode]),
      ...deployed.flatMap(({ notRemoved }) => (notRemoved === undefined ? [] : [OUTCOMES.denied.exitCode])),
    ]),
  );
  const [code = 0] = codes;
  return codes.size > 1 ? 1 : code;
}
