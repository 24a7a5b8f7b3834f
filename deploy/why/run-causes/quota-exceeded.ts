import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** No pod could be created, because the namespace's quota is used up. */
export const quotaExceeded: Cause<"quotaExceeded", RunSnapshot> = {
  name: "quotaExceeded",
  find({ objects, quotas, pod, namespace }) {
    const event = pod === undefined ? lastEvent(objects.events, "FailedCreate") : undefined;
    if (!event?.message?.includes("exceeded quota")) return undefined;
    const full = quotas.filter(({ metadata }) => event.message?.includes(`exceeded quota: ${metadata.name}`));
    return {
      what: "it has no pod: the namespace's quota is used up",
      evidence: [quoteEvent(event), ...full.map(({ metadata, status }) => `quota ${metadata.name}: ${usage(status)}`)],
      next: `Free or raise it (kubectl describe quota -n ${namespace}), or ask for less in the job's \`resources\`; the run is tried again by itself until its deadline`,
    };
  },
};

function usage({ hard = {}, used = {} }: NonNullable<RunSnapshot["quotas"][number]["status"]> = {}): string {
  return Object.entries(hard)
    .map(([resource, most]) => `${resource} ${used[resource] ?? 0} of ${most}`)
    .join(", ");
}
