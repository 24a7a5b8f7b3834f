import { DURATION_PATTERN, defineJob, type ObjectOf, parseDuration, type Returned } from "errand";
import { z } from "zod";

type Job = Returned<ObjectOf<"jobs">>;

/** Why a Job stays. */
type KeepReason =
  | "running"
  | "terminating"
  | "system"
  | "hasTtl"
  | "owned"
  | "annotated"
  | "failed"
  | "young"
  | "overMax";

const params = z.strictObject({
  olderThan: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 90m, 1h30m or 2d")
    .default("1d")
    .describe("How long ago a Job must have ended, such as 12h or 7d"),
  keepFailed: z.boolean().default(false).describe("Failed Jobs stay, so that their pods can be looked at"),
  labelSelector: z.string().default("").describe("Only Jobs with these labels, such as app=web,tier!=cache"),
  keepAnnotation: z.string().default("errand/keep").describe('Jobs with this annotation stay, unless it says "false"'),
  max: z.int().min(1).optional().describe("Remove at most this many in one run and leave the rest to the next"),
});

type Params = z.output<typeof params>;

export default defineJob({
  description: "Removes Jobs that ended a while ago and that nobody else removes",
  schedule: "20 * * * *",
  params,
  access: { jobs: ["list", "delete"] },
  cascades: true, // a Job's pods go with it
  limits: { delete: 100 },
  timeout: "5m",
  async run({ kube, params, log, progress, dryRun }) {
    const results = { deleted: 0, changed: 0, gone: 0 };
    const kept: Partial<Record<KeepReason, number>> = {};
    const endedBefore = Date.now() - parseDuration(params.olderThan);

    for await (const job of kube.jobs.list(
      params.labelSelector === "" ? {} : { labelSelector: params.labelSelector },
    )) {
      const reason = keepReason(job, params, endedBefore) ?? (results.deleted === params.max ? "overMax" : undefined);
      if (reason !== undefined) {
        kept[reason] = (kept[reason] ?? 0) + 1;
        continue;
      }
      const result = await kube.jobs.delete(job, { propagationPolicy: "Background" });
      results[result]++;
      if (result === "deleted") {
        log.info(`${dryRun ? "would delete" : "deleted"} ${job.metadata.name}`, { endedAt: endedAt(job) });
      }
      progress(results);
    }
    return { ...results, kept };
  },
});

function keepReason(job: Job, params: Params, endedBefore: number): KeepReason | undefined {
  const { annotations, deletionTimestamp, namespace, ownerReferences } = job.metadata;
  const end = endedAt(job);
  if (end === undefined) return "running";
  if (deletionTimestamp !== undefined) return "terminating";
  if (namespace.startsWith("kube-")) return "system";
  // Kubernetes removes it: https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
  if (job.spec.ttlSecondsAfterFinished !== undefined) return "hasTtl";
  // Whoever controls it removes it: a CronJob keeps as many as its history limits say.
  if (ownerReferences?.some((owner) => owner.controller)) return "owned";
  if ((annotations?.[params.keepAnnotation] ?? "false") !== "false") return "annotated";
  if (params.keepFailed && isTrue(job, "Failed")) return "failed";
  return Date.parse(end) > endedBefore ? "young" : undefined;
}

/** When a Job ended; undefined while it runs, is suspended or its last pods are still ending. */
function endedAt(job: Job): string | undefined {
  const ended = job.status.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  return ended && (job.status.completionTime ?? ended.lastTransitionTime ?? job.metadata.creationTimestamp);
}

function isTrue(job: Job, condition: string): boolean {
  return job.status.conditions?.some(({ type, status }) => type === condition && status === "True") ?? false;
}
