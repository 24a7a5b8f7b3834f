import { DURATION_PATTERN, defineJob, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type Workload = Returned<ObjectOf<"deployments"> | ObjectOf<"statefulsets"> | ObjectOf<"daemonsets">>;

/** Why a workload is not restarted. */
type SkipReason = "terminating" | "system" | "paused" | "empty" | "onDelete" | "notReady" | "annotated";

const RESOURCES = ["deployments", "statefulsets", "daemonsets"] as const;

const params = z.strictObject({
  labelSelector: z.string().default("errand/restart=scheduled").describe("Which workloads, such as app=web"),
  readyWithin: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 90s or 10m")
    .default("10m")
    .describe("How long one workload may take to become ready again"),
  skipAnnotation: z
    .string()
    .default("errand/keep")
    .describe('Workloads with this annotation are left alone, unless it says "false"'),
});

export default defineJob({
  description: "Restarts the chosen workloads, one after the other",
  schedule: "0 4 * * sun",
  params,
  access: {
    deployments: ["list", "watch", "patch"],
    statefulsets: ["list", "watch", "patch"],
    daemonsets: ["list", "watch", "patch"],
  },
  limits: { patch: 20 },
  timeout: "2h",
  async run({ kube, params, log, progress, dryRun }) {
    const restarted: string[] = [];
    const skipped: Partial<Record<SkipReason, number>> = {};
    for (const resource of RESOURCES) {
      const workloads = kube[resource];
      for (const workload of await workloads.list({ labelSelector: params.labelSelector }).toArray()) {
        const name = `${workload.kind}/${workload.metadata.name}`;
        const reason = skipReason(workload, params.skipAnnotation);
        if (reason !== undefined) {
          skipped[reason] = (skipped[reason] ?? 0) + 1;
          log.info(`left alone: ${name}`, { reason });
          continue;
        }
        const answer = await workloads.restart(workload);
        if (answer === "gone" || answer === "changed") continue;
        restarted.push(name);
        log.info(`${dryRun ? "would restart" : "restarted"} ${name}`);
        progress({ restarted: restarted.length, waitsFor: name });
        // What does not become ready ends the run here: the next one would likely fail in the same way. In a dry run nothing is to wait for.
        if (!dryRun) await workloads.waitFor(workload.metadata.name, isReady, { timeout: params.readyWithin });
      }
    }
    return { restarted, skipped };
  },
});

function skipReason(workload: Workload, skipAnnotation: string): SkipReason | undefined {
  const { metadata, spec } = workload;
  if (metadata.deletionTimestamp !== undefined) return "terminating";
  if (metadata.namespace.startsWith("kube-")) return "system";
  if ((metadata.annotations?.[skipAnnotation] ?? "false") !== "false") return "annotated";
  if ("paused" in spec && spec.paused) return "paused";
  if ("replicas" in spec && spec.replicas === 0) return "empty";
  if ("updateStrategy" in spec && spec.updateStrategy?.type === "OnDelete") return "onDelete";
  // A workload that is in trouble already, or in the middle of a rollout, is somebody's to look at.
  return isReady(workload) ? undefined : "notReady";
}

/** Whether the newest template runs in all pods, and all of them are available: what `kubectl rollout status` waits for. */
function isReady({ metadata, spec, status }: Workload): boolean {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  if ("desiredNumberScheduled" in status) {
    const wanted = status.desiredNumberScheduled;
    return (status.updatedNumberScheduled ?? 0) === wanted && (status.numberAvailable ?? 0) === wanted;
  }
  const wanted = "replicas" in spec ? (spec.replicas ?? 1) : 1;
  const {
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = status as {
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
  return replicas === wanted && updatedReplicas === wanted && availableReplicas === wanted;
}
