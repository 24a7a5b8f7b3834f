import { DURATION_PATTERN, defineJob, type ObjectOf, parseDuration, type Returned, WaitTimeoutError } from "errand";
import { z } from "zod";

type Pod = Returned<ObjectOf<"pods">>;

/** In what a pod is stuck. */
type Trouble = "image" | "crashing" | "config" | "pending" | "terminating";

/** A type and not an interface: only types are JSON to TypeScript. */
type Stuck = {
  readonly pod: string;
  readonly trouble: Trouble;
  /** What Kubernetes says, such as `ImagePullBackOff: Back-off pulling image "web:typo"`. */
  readonly why: string;
  readonly since: string;
  readonly owner: string;
};

const WAITING: Readonly<Record<string, Trouble>> = {
  ImagePullBackOff: "image",
  ErrImagePull: "image",
  InvalidImageName: "image",
  ErrImageNeverPull: "image",
  CrashLoopBackOff: "crashing",
  CreateContainerConfigError: "config",
  CreateContainerError: "config",
  RunContainerError: "config",
};

/** Whose pods come back. A Job's do not always, nor do those of a workflow or a node. */
const CONTROLLERS = ["apps/v1 ReplicaSet", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "v1 ReplicationController"];

const params = z.strictObject({
  olderThan: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 15m or 2h")
    .default("30m")
    .describe("How long a pod must have been in trouble, such as 15m or 2h"),
  evict: z
    .array(z.enum(["image", "crashing", "config", "pending"]))
    .default([])
    .describe("Evict pods with these troubles, within their disruption budgets; a controller then makes new ones"),
  labelSelector: z.string().default("").describe("Only pods with these labels, such as app=web"),
  keepAnnotation: z
    .string()
    .default("errand/keep")
    .describe('Pods with this annotation are only reported, unless it says "false"'),
});

type Params = z.output<typeof params>;

export default defineJob({
  description: "Reports pods that are stuck, and evicts those it is told to",
  schedule: "*/30 * * * *",
  params,
  access: { pods: ["list"], "pods/eviction": ["create"] },
  limits: { delete: 10 }, // an eviction counts as a deletion
  timeout: "10m",
  async run({ kube, params, log, progress, dryRun }) {
    const stuck: Stuck[] = [];
    const evicted: string[] = [];
    const blocked: string[] = [];
    const before = Date.now() - parseDuration(params.olderThan);
    const selected = params.labelSelector === "" ? {} : { labelSelector: params.labelSelector };
    for await (const pod of kube.pods.list(selected)) {
      const found = troubleOf(pod);
      if (found === undefined || Date.parse(found.since) > before) continue;
      stuck.push(found);
      log.warn(`${found.pod}: ${found.why}`, { since: found.since, owner: found.owner });
      if (mayEvict(pod, found, params)) {
        const answer = await kube.pods.evict(pod, { timeout: "20s" }).catch(ifHeldBack);
        if (answer === "held back") blocked.push(found.pod);
        if (answer !== "evicted") continue;
        evicted.push(found.pod);
        log.info(`${dryRun ? "would evict" : "evicted"} ${found.pod}`);
      }
      progress({ stuck: stuck.length, evicted: evicted.length });
    }
    return { stuck, evicted, blocked };
  },
});

/** What nothing would make anew, or what is somebody's to look at, stays. */
function mayEvict({ metadata }: Pod, { trouble }: Stuck, { evict, keepAnnotation }: Params): boolean {
  const isChosen = trouble !== "terminating" && evict.includes(trouble);
  const isKept = (metadata.annotations?.[keepAnnotation] ?? "false") !== "false";
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  const isMadeAnew = owner !== undefined && CONTROLLERS.includes(`${owner.apiVersion} ${owner.kind}`);
  return isChosen && !isKept && isMadeAnew && !metadata.namespace.startsWith("kube-");
}

function troubleOf(pod: Pod): Stuck | undefined {
  const { metadata, spec, status } = pod;
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  const about = {
    pod: `${metadata.namespace}/${metadata.name}`,
    owner: owner ? `${owner.kind}/${owner.name}` : "none",
  };
  if (metadata.deletionTimestamp !== undefined) {
    const finalizers = metadata.finalizers ?? [];
    const waits =
      finalizers.length > 0 ? `waits for its finalizers: ${finalizers.join(", ")}` : "its node does not report its end";
    // The time by which it should have been gone.
    return { ...about, trouble: "terminating", why: `Terminating: ${waits}`, since: metadata.deletionTimestamp };
  }
  const since = latestChange(pod);
  for (const { name, state } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    const trouble = WAITING[reason];
    if (trouble !== undefined)
      return { ...about, trouble, why: `${reason} (${name})${message === "" ? "" : `: ${message}`}`, since };
  }
  if (status.phase !== "Pending" || (spec.schedulingGates ?? []).length > 0) return undefined;
  const unscheduled = status.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled === undefined) return undefined;
  return {
    ...about,
    trouble: "pending",
    why: `${unscheduled.reason ?? "Pending"}: ${unscheduled.message ?? "it has no node"}`,
    since,
  };
}

/** When its conditions last changed: a crashing container comes and goes, but its pod is not ready all the while. */
function latestChange({ metadata, status }: Pod): string {
  const times = (status.conditions ?? []).flatMap(({ lastTransitionTime }) => lastTransitionTime ?? []);
  return times.toSorted().at(-1) ?? metadata.creationTimestamp;
}

/** Its disruption budget has no room now: the next run tries again. */
function ifHeldBack(error: unknown): "held back" {
  if (error instanceof WaitTimeoutError) return "held back";
  throw error;
}
