import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Reports containers that fail to start or restart too often",
  schedule: "0 8 * * mon-fri",
  timeZone: "Etc/UTC",
  params: z.strictObject({
    restarts: z.int().min(1).default(5).describe("report containers with at least this many restarts"),
  }),
  access: { pods: ["list"] },
  timeout: "5m",
  async run({ kube, params, log }) {
    const findings: string[] = [];
    for await (const pod of kube.pods.list()) {
      findings.push(...findTrouble(pod.status, params.restarts).map((trouble) => `${pod.metadata.name}: ${trouble}`));
    }
    for (const finding of findings) log.warn(finding);
    return { findings };
  },
});

/** The parts of a pod's status that show trouble. */
interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly restartCount: number;
    readonly state?: { readonly waiting?: { readonly reason?: string } };
  }[];
}

/** A line for each container that waits with an error, or was restarted at least this often. */
export function findTrouble({ containerStatuses = [] }: PodStatus, restarts: number): string[] {
  return containerStatuses.flatMap(({ name, restartCount, state }) => {
    const reason = state?.waiting?.reason;
    if (reason !== undefined && reason !== "ContainerCreating") return [`${name} waits: ${reason}`];
    return restartCount >= restarts ? [`${name} was restarted ${restartCount} times`] : [];
  });
}
