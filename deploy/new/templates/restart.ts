import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Rolls the chosen deployments over, one after the other",
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

/** What of a deployment says whether it may be restarted. */
interface RestartableDeployment {
  readonly spec: { readonly paused?: boolean; readonly replicas?: number };
}

/** A paused deployment would roll over when somebody resumes it, and one without replicas has nothing to restart. */
export function canRestart({ spec }: RestartableDeployment): boolean {
  return spec.paused !== true && spec.replicas !== 0;
}
