import { DURATION_PATTERN, defineJob, parseDuration } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Deletes pods that ended a while ago",
  schedule: "*/15 * * * *",
  params: z.strictObject({
    olderThan: z.string().regex(DURATION_PATTERN).default("1h").describe("how long ago a pod must have ended"),
  }),
  access: { pods: ["list", "delete"] },
  limits: { delete: 100 },
  timeout: "5m",
  async run({ kube, params, log, progress }) {
    const before = Date.now() - parseDuration(params.olderThan);
    let deleted = 0;
    for await (const pod of kube.pods.list({ fieldSelector: "status.phase!=Running" })) {
      if (!endedBefore(pod, before)) continue;
      // The object, not its name: a pod that has changed since it was listed is left alone.
      if ((await kube.pods.delete(pod)) !== "deleted") continue;
      log.info("deleted", { pod: pod.metadata.name });
      progress({ deleted: ++deleted });
    }
    return { deleted };
  },
});

/** The parts of a pod that say when it ended. */
interface EndedPod {
  readonly status: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly state?: { readonly terminated?: { readonly finishedAt?: string } };
    }[];
  };
}

/** True if a pod's last container ended before a time, in milliseconds since the epoch. */
export function endedBefore({ status }: EndedPod, time: number): boolean {
  if (status.phase !== "Succeeded" && status.phase !== "Failed") return false;
  const ends = (status.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
  return ends.length > 0 && ends.every((end) => Date.parse(end) < time);
}
