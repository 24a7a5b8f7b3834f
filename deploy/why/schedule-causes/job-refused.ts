import { explainAnswer } from "../../cluster/explain-answer.ts";
import { refusalIn } from "../../cluster/explain-refusal.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type ScheduleSnapshot, timeOf } from "../snapshots.ts";

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
      what: `a due run was not started: the API server refused its Job${quota ? " for a quota" : ""}`,
      evidence: [quoteEvent(event)],
      next: quota
        ? `kubectl describe quota -n ${namespace}; old Jobs count too`
        : (explainAnswer(refusalIn(event.message ?? "", namespace))?.hint ?? "See what the message names."),
    };
  },
};
