// What a person may do with jobs and runs from a page: by the very calls of the commands, as the identity that connected.

import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { PlannedChange } from "../../runtime/kube/plan/planned-change.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import type { Cluster } from "../cluster/connect.ts";
import type { Params } from "../params/read-params.ts";
import { cancelRun } from "../runs/cancel-run.ts";
import { findJob } from "../runs/find-job.ts";
import { fetchRun, findActiveRun, findRun } from "../runs/find-run.ts";
import { readRun } from "../runs/history/read-run.ts";
import { parseReport } from "../runs/history/report-text.ts";
import { pauseJob, resumeJob } from "../runs/pause.ts";
import { applyPlan, keepPlan } from "../runs/plan.ts";
import { triggerRun } from "../runs/trigger-run.ts";
import { endOfLog } from "./lookup.ts";
import type { JobRef, RunRef, RunSource } from "./run-source.ts";

export type ActionName = "trigger" | "cancel" | "pause";

/** The right that an action needs besides reading. */
const RIGHTS: Readonly<Record<ActionName, { readonly verb: string; readonly resource: string }>> = {
  trigger: { verb: "create", resource: "jobs" },
  cancel: { verb: "patch", resource: "jobs" },
  pause: { verb: "patch", resource: "cronjobs" },
};

/** Parameters as a form gives them: pairs, or all of them at once. */
export interface GivenParams {
  readonly pairs: readonly string[];
  readonly all?: Params;
}

/** How far a planning run has come. */
export type PlanState =
  | { readonly state: "running" }
  /** It did not succeed: nothing that it says could be relied on. */
  | { readonly state: "failed"; readonly report: Report }
  | { readonly state: "ready"; readonly report: Report; readonly changes: readonly PlannedChange[] };

/** What pages do; {@link CommandError} where it cannot be done, with what to do instead. */
export interface JobActions {
  /** The right that is missing in a namespace for each action; absent for what may be done. */
  missing(namespace: string): Promise<Partial<Record<ActionName, string>>>;
  /** Starts a dry run that writes down what it would change. */
  plan(job: JobRef, params: GivenParams): Promise<RunRef>;
  planState(run: RunRef): Promise<PlanState>;
  /** Starts the run that does what a plan lists, and nothing else. @param planning the run that made the plan */
  apply(job: JobRef, planning: RunRef): Promise<RunRef>;
  cancel(run: RunRef): Promise<void>;
  pause(job: JobRef): Promise<void>;
  resume(job: JobRef): Promise<void>;
}

/** Acts on the live cluster. @param source the same cluster: the log of a run has its whole report, with the plan */
export function liveActions(cluster: Cluster, source: RunSource): JobActions {
  const { client } = cluster;
  const runObject = ({ namespace, run }: RunRef) => findRun(client, namespace, run);
  const wholeReport = async (ref: RunRef) => {
    const log = await endOfLog(source, ref);
    const report = log?.kept ? parseReport(log.lines.at(-1)) : undefined;
    // A report of another run is none of this one's.
    return report?.run.id === ref.run ? report : undefined;
  };
  return {
    missing: (namespace) => missingRights(client, namespace),
    async plan({ namespace, job }, { pairs, all }) {
      const given = all === undefined ? {} : { given: all };
      const run = await triggerRun({ ...cluster, namespace }, job, {
        param: pairs,
        ...given,
        dryRun: true,
        plan: "record",
        force: false,
      });
      return { namespace, run: run.metadata.name };
    },
    async planState(ref) {
      const record = readRun(await fetchRun(client, await runObject(ref)));
      if (record.phase !== "finished") return { state: "running" };
      const report = (await wholeReport(ref)) ?? record.report;
      const changes = report.plan !== undefined && "changes" in report.plan ? report.plan.changes : undefined;
      if (report.outcome !== "succeeded" || changes === undefined) return { state: "failed", report };
      return { state: "ready", report, changes };
    },
    async apply({ namespace, job }, planning) {
      const report = await wholeReport(planning);
      const run = await runObject(planning);
      const { sha256 } = await keepPlan(client, run, report ?? readRun(await fetchRun(client, run)).report);
      const applied = await applyPlan({ client, namespace }, job, sha256, false);
      return { namespace, run: applied.metadata.name };
    },
    async cancel({ namespace, run }) {
      const { job, pods } = await findActiveRun(client, namespace, run);
      await cancelRun(client, job, pods, new Date());
    },
    async pause({ namespace, job }) {
      await pauseJob(client, await findJob(client, namespace, job), new Date());
    },
    async resume({ namespace, job }) {
      await resumeJob(client, await findJob(client, namespace, job));
    },
  };
}

/** Asked with the person's own identity; where that cannot be asked, the action itself will say. https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
async function missingRights(client: KubeClient, namespace: string): Promise<Partial<Record<ActionName, string>>> {
  const names = Object.keys(RIGHTS) as ActionName[];
  const found = await Promise.all(
    names.map(async (name): Promise<[ActionName, string][]> => {
      const { verb, resource } = RIGHTS[name];
      const resourceAttributes = { namespace, verb, group: "batch", resource };
      try {
        const { status } = await client.kube.selfsubjectaccessreviews.create({ spec: { resourceAttributes } });
        return status?.allowed === false ? [[name, `It needs ${verb} on ${resource}.batch in ${namespace}.`]] : [];
      } catch {
        return [];
      }
    }),
  );
  return Object.fromEntries(found.flat());
}
