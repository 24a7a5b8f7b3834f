import { hasSchedule } from "../../operate/pause.ts";
import type { Cause } from "../finding.ts";
import type { ScheduleSnapshot } from "../snapshots.ts";

/** Somebody suspended the CronJob without errand. */
export const suspended: Cause<"suspended", ScheduleSnapshot> = {
  name: "suspended",
  find({ cronJob, job, namespace }) {
    if (!cronJob.spec?.suspend || !hasSchedule(cronJob)) return undefined;
    const manager = suspendOwner(cronJob.metadata.managedFields ?? []);
    return {
      what: "the schedule starts no runs: its CronJob is suspended",
      evidence: [`CronJob ${namespace}/${job}: suspend is true${manager === undefined ? "" : `, set by ${manager}`}`],
      next: `errand resume ${job} -n ${namespace}`,
    };
  },
};

/** Whose field it is. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
function suspendOwner(
  fields: readonly { readonly manager?: string; readonly time?: string; readonly fieldsV1?: unknown }[],
): string | undefined {
  const owner = fields.find(({ fieldsV1 }) => JSON.stringify(fieldsV1)?.includes('"f:suspend"'));
  return owner?.manager === undefined
    ? undefined
    : `${owner.manager}${owner.time === undefined ? "" : ` at ${owner.time}`}`;
}
