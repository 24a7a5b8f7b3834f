import { DURATION_PATTERN, defineJob, type ObjectOf, parseDuration, type Returned } from "errand";
import { z } from "zod";

type Pod = Returned<ObjectOf<"pods">>;

/** How a pod ended, as `remove` names it. */
type Ending = "succeeded" | "failed" | "evicted";

/** Why an ended pod stays. */
type KeepReason = "terminating" | "notChosen" | "annotated" | "owned" | "young" | "overMax";

const params = z.strictObject({
  olderThan: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 90m, 1h30m or 2d")
    .default("1h")
    .describe("How long ago a pod must have ended, such as 90m or 2d"),
  remove: z
    .array(z.enum(["succeeded", "failed", "evicted"]))
    .min(1)
    .default(["succeeded", "failed", "evicted"])
    .describe("Which ended pods go"),
  labelSelector: z.string().default("").describe("Only pods with these labels, such as app=web,tier!=cache"),
  fieldSelector: z.string().default("").describe("Only pods with these fields, such as spec.nodeName=node-1"),
  keepAnnotation: z.string().default("errand/keep").describe('Pods with this annotation stay, unless it says "false"'),
  keepOwners: z
    .array(z.string())
    .default(["Job"])
    .describe("Kinds whose pods stay: a Job removes its own, and their last words are its result"),
  max: z.int().min(1).optional().describe("Remove at most this many in one run and leave the rest to the next"),
});

type Params = z.output<typeof params>;

export default defineJob({
  description: "Removes pods that finished, failed or were evicted a while ago",
  schedule: "*/15 * * * *",
  params,
  access: { pods: ["list", "delete"] },
  limits: { delete: 200 },
  timeout: "5m",
  async run({ kube, params, log, progress, dryRun }) {
    const results = { deleted: 0, changed: 0, gone: 0 };
    const removed: Record<Ending, number> = { succeeded: 0, failed: 0, evicted: 0 };
    const kept: Partial<Record<KeepReason, number>> = {};
    const endedBefore = Date.now() - parseDuration(params.olderThan);

    for await (const pod of kube.pods.list(selectEnded(params))) {
      const ending = endingOf(pod);
      if (ending === undefined) continue;
      const reason =
        keepReason(pod, ending, params, endedBefore) ?? (results.deleted === params.max ? "overMax" : undefined);
      if (reason !== undefined) {
        kept[reason] = (kept[reason] ?? 0) + 1;
        continue;
      }
      // The object, not its name: a pod that was replaced or changed since stays, and counts as changed.
      const result = await kube.pods.delete(pod);
      results[result]++;
      if (result === "deleted") {
        removed[ending]++;
        log.info(`${dryRun ? "would delete" : "deleted"} ${pod.metadata.name}`, { ending, endedAt: endedAt(pod) });
      }
      progress(results);
    }
    return { ...results, removed, kept };
  },
});

// The API server leaves out running pods, so that they are not even read.
function selectEnded({ labelSelector, fieldSelector }: Params) {
  const ended = "status.phase!=Running,status.phase!=Pending,status.phase!=Unknown";
  return {
    fieldSelector: fieldSelector === "" ? ended : `${ended},${fieldSelector}`,
    ...(labelSelector === "" ? {} : { labelSelector }),
  };
}

function endingOf({ status }: Pod): Ending | undefined {
  if (status.phase === "Succeeded") return "succeeded";
  if (status.phase !== "Failed") return undefined;
  return isEvicted(status) ? "evicted" : "failed";
}

/**
 * True if Kubernetes evicted the pod. Its condition says so for every cause: pressure on the node or its shutdown, the eviction API, a taint, preemption, a lost node. The
 * reason is set only for the first, and can be overwritten; a pod that exceeded its own limit of local storage has only the reason.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
function isEvicted({ reason, conditions = [] }: Pod["status"]): boolean {
  return (
    reason === "Evicted" || conditions.some(({ type, status }) => type === "DisruptionTarget" && status === "True")
  );
}

function keepReason(pod: Pod, ending: Ending, params: Params, endedBefore: number): KeepReason | undefined {
  const { annotations, deletionTimestamp, ownerReferences } = pod.metadata;
  const owner = ownerReferences?.find((reference) => reference.controller);
  if (deletionTimestamp !== undefined) return "terminating";
  if (!params.remove.includes(ending)) return "notChosen";
  if ((annotations?.[params.keepAnnotation] ?? "false") !== "false") return "annotated";
  if (owner !== undefined && params.keepOwners.includes(owner.kind)) return "owned";
  if (Date.parse(endedAt(pod)) > endedBefore) return "young";
  return undefined;
}

/** When the last container ended. Without one, a pod ended when its conditions last changed, or else when it was created. */
function endedAt({ metadata, status }: Pod): string {
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const ends = containers.flatMap((container) => container.state?.terminated?.finishedAt ?? []);
  const changes = (status.conditions ?? []).flatMap((condition) => condition.lastTransitionTime ?? []);
  return latest(ends) ?? latest(changes) ?? metadata.creationTimestamp;
}

function latest(times: readonly string[]): string | undefined {
  return times.toSorted((left, right) => Date.parse(left) - Date.parse(right)).at(-1);
}
