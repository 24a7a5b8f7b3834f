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
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What every manifest of a job is made from. */
export interface JobIdentity {
  /** The job's name: that of its CronJob, ServiceAccount and Roles. */
  readonly name: string;
  readonly namespace: string;
  readonly definition: JobSettings;
}

/** Marks what errand made: nothing else is ever changed or removed. */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGER = "errand";
export const NAME_LABEL = "app.kubernetes.io/name";
export const REVISION_LABEL = "app.kubernetes.io/version";
export const COMPONENT_LABEL = "app.kubernetes.io/component";
/** On objects outside the job's own namespace: which namespace the job lives in. */
export const NAMESPACE_LABEL = "errand/namespace";
/** Where the job's description stands, as kubectl shows it. */
export const DESCRIPTION_ANNOTATION = "kubernetes.io/description";

/** JSON Schema of what the job takes as parameters: how the command line reads `--param` without the job file. */
export const PARAMS_SCHEMA_ANNOTATION = "errand/params-schema";

/** Names of the parameters that must appear nowhere, as JSON: `errand trigger` puts them into a Secret of the run. */
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
