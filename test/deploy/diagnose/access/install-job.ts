import { MANAGED_BY_LABEL, type Manifest } from "../../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../../deploy/manifests/render.ts";
import { type CronJobObject, findJob } from "../../../../deploy/runs/find-job.ts";
import type { KubeClient } from "../../../../runtime/kube/connected-client.ts";
import { renderInput } from "../../manifests/render-input.ts";

/** Ways to install a job that leave nothing behind but its manifests. */
export const WAYS = ["kubectl", "helm"] as const;

const RELEASE = { "meta.helm.sh/release-name": "nightly", "meta.helm.sh/release-namespace": "ops" };

/** Applies the manifests of a job that lists and deletes pods as kubectl or Helm does, which writes its own name into the labels of each. */
export async function installJob(
  { client, namespace }: { readonly client: KubeClient; readonly namespace: string },
  way: (typeof WAYS)[number],
): Promise<CronJobObject> {
  const input = renderInput("sweep", { schedule: "@daily", access: { pods: ["list", "delete"] } });
  for (const manifest of renderManifests({ ...input, namespace })) {
    const object = way === "helm" ? asHelmDoes(manifest) : manifest;
    await client
      .resource(object)
      .apply(object, { fieldManager: way === "helm" ? "helm" : "kubectl-client-side-apply" });
  }
  return await findJob(client, namespace, "sweep");
}

/** https://github.com/helm/helm/blob/v3.19.0/pkg/action/validate.go */
function asHelmDoes(manifest: Manifest): Manifest {
  const { labels, annotations } = manifest.metadata;
  const metadata = {
    ...manifest.metadata,
    labels: { ...labels, [MANAGED_BY_LABEL]: "Helm" },
    annotations: { ...annotations, ...RELEASE },
  };
  return { ...manifest, metadata };
}
