import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Restarts chosen Deployments, one after the other",
  schedule: "0 4 * * sun",
  timeZone: "Etc/UTC",
  params: z.strictObject({
    labelSelector: z.string().default("restart=weekly").describe("which deployments, such as app=web"),
  }),
  access: { deployments: ["list", "patch"] },
  limits: { patch: 20 },
  timeout: "10m",
  async run({ kube, params, log, progress }) {
    const restarted: string[] = [];
    for await (const deployment of kube.deployments.list({ labelSelector: params.labelSelector })) {
      if (!canRestart(deployment)) continue;
      const answer = await kube.deployments.restart(deployment);
      if (answer === "gone" || answer === "changed") continue;
      restarted.push(deployment.metadata.name);
      log.info("restarted", { deployment: deployment.metadata.name });
      progress({ restarted: restarted.length });
    }
    return { restarted };
  },
});

/** The parts of a Deployment that say whether it can be restarted. */
interface RestartableDeployment {
  readonly spec: { readonly paused?: boolean; readonly replicas?: number };
}

/** False for a paused Deployment, which would restart once somebody resumes it, and for one without replicas. */
export function canRestart({ spec }: RestartableDeployment): boolean {
  return spec.paused !== true && spec.replicas !== 0;
}
