import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import type { Returned } from "../../runtime/kube/surface/objects.ts";
import { refuseMissingNamespace } from "../cluster/choose-namespaces.ts";
import { ifFound } from "../cluster/connect.ts";
import { MANAGED_BY_LABEL, MANAGER } from "../manifests/manifest.ts";
import { UsageError } from "../terminal/command-error.ts";

export type CronJobObject = Returned<BuiltinObjects["cronjobs"]>;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** False for what no object can be called. In a label selector, such text could ask for something else. */
export function isObjectName(text: string): boolean {
  return OBJECT_NAME.test(text);
}

/** The CronJob of a deployed job; undefined where there is none of that name, or one that errand did not make. */
export async function getJob(client: KubeClient, namespace: string, job: string): Promise<CronJobObject | undefined> {
  if (!isObjectName(job)) return undefined;
  const found = await ifFound(client.kube.inNamespace(namespace).cronjobs.get(job));
  return found !== undefined && isErrandsJob(found) ? found : undefined;
}

/** Helm writes its own name over the label of what it installs; inside, the template of its runs still says whose it is. */
export function isErrandsJob({ metadata, spec }: CronJobObject): boolean {
  const isErrands = (labels: Readonly<Record<string, string>> | undefined) => labels?.[MANAGED_BY_LABEL] === MANAGER;
  return isErrands(metadata.labels) || isErrands(spec.jobTemplate.metadata?.labels);
}

/**
 * The CronJob of a deployed job.
 *
 * @throws {CommandError} where it is not deployed here
 */
export async function findJob(client: KubeClient, namespace: string, job: string): Promise<CronJobObject> {
  const found = await getJob(client, namespace, job);
  if (found !== undefined) return found;
  await refuseMissingNamespace(client, namespace);
  throw new UsageError(`Namespace "${namespace}" has no job "${job}"`, {
    hint: "Deploy it first: errand deploy FILE; or choose another namespace with -n (errand ps -A lists all jobs).",
  });
}
