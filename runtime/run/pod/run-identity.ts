import { isoTime } from "../output/iso-time.ts";
import type { RunIdentity } from "../report/report.ts";
import { ENVIRONMENT } from "./environment.ts";

/** Minutes since 1970 have eight digits until 2160; a name that ends in another number was not made by the schedule. */
const UNIX_MINUTES = /^\d{8}$/;
const MILLISECONDS_PER_MINUTE = 60_000;

/**
 * Reads which run this is from the pod's environment, without any right to ask the API server. A scheduled run is known by the name that the
 * CronJob controller gives its Job: `<cronjob>-<unix minutes of the scheduled time>`.
 * https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/cronjob/utils.go
 */
export function readRunIdentity(environment: Readonly<Record<string, string | undefined>>): RunIdentity {
  const id = environment[ENVIRONMENT.runId] ?? "";
  if (id === "") return { id: environment[ENVIRONMENT.podName] || "local", attempt: 1, trigger: "local" };
  const attempt = attemptAfter(environment[ENVIRONMENT.previousFailures]);
  const scheduledTime =
    environment[ENVIRONMENT.trigger] === "manual" ? undefined : scheduledTimeIn(id, environment[ENVIRONMENT.job] ?? "");
  const triggeredBy = environment[ENVIRONMENT.triggeredBy] ?? "";
  return scheduledTime === undefined
    ? { id, attempt, trigger: "manual", ...(triggeredBy === "" ? {} : { triggeredBy }) }
    : { id, scheduledTime, attempt, trigger: "schedule" };
}

function scheduledTimeIn(id: string, cronJob: string): string | undefined {
  const minutes = id.startsWith(`${cronJob}-`) ? id.slice(cronJob.length + 1) : "";
  if (!UNIX_MINUTES.test(minutes)) return undefined;
  return isoTime(Number(minutes) * MILLISECONDS_PER_MINUTE).replace(".000Z", "Z");
}

/** The annotation is absent, and the variable then empty, in a Job that does not count by index. */
function attemptAfter(previousFailures: string | undefined): number {
  return /^\d+$/.test(previousFailures ?? "") ? Number(previousFailures) + 1 : 1;
}
