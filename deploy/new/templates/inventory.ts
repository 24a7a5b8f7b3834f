import { defineJob } from "errand";

export default defineJob({
  description: "Counts what runs in the namespace: pods, restarts and images",
  schedule: "0 6 * * *",
  timeZone: "Etc/UTC",
  access: { pods: ["list"] },
  timeout: "5m",
  async run({ kube }) {
    return countPods(await kube.pods.list().toArray());
  },
});

/** The parts of a pod that are counted. */
interface CountedPod {
  readonly spec: { readonly containers: readonly { readonly image?: string }[] };
  readonly status: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

/** Counts pods by phase, restarts of all containers, and containers of each image. */
export function countPods(pods: readonly CountedPod[]) {
  const phases: Record<string, number> = {};
  const images: Record<string, number> = {};
  let restarts = 0;
  for (const { spec, status } of pods) {
    count(phases, status.phase ?? "Unknown");
    for (const { image = "unknown" } of spec.containers) count(images, image);
    for (const { restartCount } of status.containerStatuses ?? []) restarts += restartCount;
  }
  return { pods: pods.length, phases, restarts, images };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
