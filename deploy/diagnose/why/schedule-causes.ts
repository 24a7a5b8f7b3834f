import { explainAnswer } from "../../cluster/explain-answer.ts";
import { refusalIn } from "../../release/explain-refusal.ts";
import { missedDue } from "../../runs/job-summary.ts";
import { hasSchedule, PAUSE_MANAGER, pausedSince } from "../../runs/pause.ts";
import { nextRuns } from "../../schedule/schedule.ts";
import { zonedTime } from "../../schedule/wall-clock.ts";
import { type Cause, lastEvent, quoteEvent, type ScheduleSnapshot, timeOf } from "./cause.ts";

// Causes of a schedule that triggers no runs.

/** Somebody stopped the schedule with `errand pause`. */
export const paused: Cause<"paused", ScheduleSnapshot> = {
  name: "paused",
  find({ cronJob, job, namespace }) {
    const since = pausedSince(cronJob);
    if (since === undefined || !cronJob.spec?.suspend) return undefined;
    return {
      what: `the schedule triggers no runs: ${job} has been paused since ${since}`,
      evidence: [`CronJob ${namespace}/${job}: suspend is true, set by ${PAUSE_MANAGER}`],
      next: `errand resume ${job} -n ${namespace}`,
    };
  },
};

/** Somebody suspended the CronJob without errand. */
export const suspended: Cause<"suspended", ScheduleSnapshot> = {
  name: "suspended",
  find({ cronJob, job, namespace }) {
    if (!cronJob.spec?.suspend || !hasSchedule(cronJob)) return undefined;
    const manager = suspendOwner(cronJob.metadata.managedFields ?? []);
    return {
      what: "the schedule triggers no runs: its CronJob is suspended",
      evidence: [`CronJob ${namespace}/${job}: suspend is true${manager === undefined ? "" : `, set by ${manager}`}`],
      next: `errand resume ${job} -n ${namespace}`,
    };
  },
};

/** Who owns the field `suspend`. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
function suspendOwner(
  fields: readonly { readonly manager?: string; readonly time?: string; readonly fieldsV1?: unknown }[],
): string | undefined {
  const owner = fields.find(({ fieldsV1 }) => JSON.stringify(fieldsV1)?.includes('"f:suspend"'));
  return owner?.manager === undefined
    ? undefined
    : `${owner.manager}${owner.time === undefined ? "" : ` at ${owner.time}`}`;
}

/** A job without a schedule that nobody has triggered. */
export const onDemand: Cause<"onDemand", ScheduleSnapshot> = {
  name: "onDemand",
  find({ cronJob, job, namespace, runs }) {
    if (hasSchedule(cronJob) || runs > 0) return undefined;
    return {
      what: `${job} has no schedule, and the cluster remembers no triggered run`,
      evidence: [`CronJob ${namespace}/${job} is a suspended template`],
      next: `errand trigger ${job} -n ${namespace} --wait, or give it a schedule`,
    };
  },
};

/** A run was due while another was active, and the job does not allow two. */
export const overlapping: Cause<"overlapping", ScheduleSnapshot> = {
  name: "overlapping",
  find({ cronJob, events, active, job, namespace }) {
    const event = lastEvent(events, "JobAlreadyActive");
    if (event === undefined || timeOf(event) < Date.parse(cronJob.status?.lastScheduleTime ?? "1970-01-01")) {
      return undefined;
    }
    const [run] = active;
    return {
      what: `a due run was not started: ${run === undefined ? "another" : run} was still active, and the job allows one at a time`,
      evidence: [
        quoteEvent(event),
        `CronJob ${namespace}/${job}: concurrencyPolicy ${cronJob.spec?.concurrencyPolicy}`,
      ],
      next:
        run === undefined
          ? "Schedule it less often, or shorten its `timeout`."
          : `errand status ${run} -n ${namespace}; to end it: errand cancel ${run} -n ${namespace}`,
    };
  },
};

/** The CronJob controller could not create the Job: a quota on Jobs, an admission webhook. */
export const jobRefused: Cause<"jobRefused", ScheduleSnapshot> = {
  name: "jobRefused",
  find({ cronJob, events, namespace }) {
    const event = lastEvent(events, "FailedCreate");
    if (event === undefined || timeOf(event) < Date.parse(cronJob.status?.lastScheduleTime ?? "1970-01-01")) {
      return undefined;
    }
    const quota = event.message?.includes("exceeded quota");
    return {
      what: `a due run was not started: the API server refused its Job${quota ? " because of a quota" : ""}`,
      evidence: [quoteEvent(event)],
      next: quota
        ? `kubectl describe quota -n ${namespace}; old Jobs count too`
        : (explainAnswer(refusalIn(event.message ?? "", namespace))?.hint ?? "Correct what the message names."),
    };
  },
};

/** A run was due but was not started before its deadline. */
export const deadlineMissed: Cause<"deadlineMissed", ScheduleSnapshot> = {
  name: "deadlineMissed",
  find({ cronJob, events, now, job, namespace }) {
    const due = missedDue(cronJob, now);
    if (due === undefined) return undefined;
    const { timeZone, startingDeadlineSeconds } = cronJob.spec ?? {};
    const event = lastEvent(events, "MissSchedule");
    const zone = timeZone ?? "Etc/UTC";
    return {
      what: `the run of ${zonedTime(due, zone)} ${zone} was not started in time and is skipped`,
      evidence: [
        event === undefined
          ? `CronJob ${namespace}/${job}: lastScheduleTime ${cronJob.status?.lastScheduleTime ?? "never"}, startingDeadlineSeconds ${startingDeadlineSeconds}`
          : quoteEvent(event),
      ],
      next: `errand trigger ${job} -n ${namespace} if you still need it; the controller was down or the job was suspended at that time`,
    };
  },
};

/** No run has been due since the job was deployed. */
export const notYetDue: Cause<"notYetDue", ScheduleSnapshot> = {
  name: "notYetDue",
  find({ cronJob, now, runs, job, namespace }) {
    const { schedule = "", timeZone = "Etc/UTC", suspend } = cronJob.spec ?? {};
    if (suspend || runs > 0 || cronJob.status?.lastScheduleTime !== undefined) return undefined;
    const [next] = nextRuns({ schedule, timeZone }, now, 1);
    return {
      what: `${job} has not been due since it was deployed${next === undefined ? "" : `: its first run is at ${zonedTime(next, timeZone)} ${timeZone}`}`,
      evidence: [`CronJob ${namespace}/${job}: schedule ${schedule}, created ${cronJob.metadata.creationTimestamp}`],
      next: `Wait, or run it now: errand trigger ${job} -n ${namespace} --wait`,
    };
  },
};
