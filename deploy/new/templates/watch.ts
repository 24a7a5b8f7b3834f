import { DURATION_PATTERN, defineJob, parseDuration } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Watches the namespace's pods for a while and reports those that fail",
  schedule: "*/10 * * * *",
  params: z.strictObject({
    watchFor: z.string().regex(DURATION_PATTERN).default("9m").describe("how long to watch; less than the timeout"),
  }),
  access: { pods: ["list", "watch"] },
  timeout: "10m",
  async run({ kube, params, log, progress, signal }) {
    const failed = new Set<string>();
    const over = AbortSignal.any([signal, AbortSignal.timeout(parseDuration(params.watchFor))]);
    for await (const event of kube.pods.watch({ signal: over })) {
      if (event.type === "SYNCED" || !isFailure(event.type, event.object.status)) continue;
      failed.add(event.object.metadata.name);
      log.warn("failed", { pod: event.object.metadata.name, reason: event.object.status?.reason });
      progress({ failed: failed.size });
    }
    return { failed: [...failed].sort() };
  },
});

/** True for a pod that has failed, unless it was deleted. */
export function isFailure(change: string, status: { readonly phase?: string } | undefined): boolean {
  return change !== "DELETED" && status?.phase === "Failed";
}
