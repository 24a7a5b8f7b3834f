import type { JobSettings } from "../../runtime/job/definition.ts";

/** An object as it is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ManifestMeta;
  readonly [field: string]: unknown;
}

interface ManifestMeta {
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What every manifest of a job needs. */
export interface JobIdentity {
  /** The name of the job, its CronJob, ServiceAccount and Roles. */
  readonly name: string;
  readonly namespace: string;
  readonly definition: JobSettings;
}

/** Marks what errand created: nothing else is ever changed or removed. */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGER = "errand";
export const NAME_LABEL = "app.kubernetes.io/name";
export const REVISION_LABEL = "app.kubernetes.io/version";
export const COMPONENT_LABEL = "app.kubernetes.io/component";
/** On objects outside the job's own namespace: the job's namespace. */
export const NAMESPACE_LABEL = "errand/namespace";
/** The job's description, as kubectl shows it. */
export const DESCRIPTION_ANNOTATION = "kubernetes.io/description";

/** JSON Schema of the job's parameters, by which the command line reads `--param` without the job file. */
export const PARAMS_SCHEMA_ANNOTATION = "errand/params-schema";

/** Names of the secret parameters, as JSON: `errand trigger` puts them into a Secret of the run. */
export const SECRET_PARAMS_ANNOTATION = "errand/secret-params";

/** When the hub tells somebody about the job, as JSON. On the CronJob alone, which only those can write who may change the job. */
export const ALERTS_ANNOTATION = "errand/alerts";

/** The labels of everything that belongs to a job. https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export function jobLabels(name: string): Record<string, string> {
  return { [NAME_LABEL]: name, [COMPONENT_LABEL]: "job", [MANAGED_BY_LABEL]: MANAGER };
}

/** The labels of what changes with each revision: the CronJob, its Jobs and pods, and the ConfigMap. */
export function revisionLabels(name: string, revision: string): Record<string, string> {
  return { ...jobLabels(name), [REVISION_LABEL]: revision };
}

/** Selects everything of one job. */
export function jobSelector(name: string): string {
  return `${NAME_LABEL}=${name},${MANAGED_BY_LABEL}=${MANAGER}`;
}
