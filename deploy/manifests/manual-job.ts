import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import type { Returned } from "../../runtime/kube/surface/objects.ts";
import { DEFAULT_PARAMS_FOLDER, ENVIRONMENT } from "../../runtime/run/pod/environment.ts";
import type { Params } from "../params/read-params.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { SECRET_FILE_MODE } from "./volumes.ts";

type CronJob = Returned<BuiltinObjects["cronjobs"]>;
type Job = BuiltinObjects["jobs"];

/** A manual run is kept for a week, unless the CronJob's history limits remove it earlier. */
const TTL_SECONDS = 7 * 86_400;

const PARAMS_VOLUME = "errand-params";
const PLAN_VOLUME = "errand-plan";
const PLAN_FOLDER = "/run/errand/plan";
/** The plan's key in its ConfigMap. */
export const PLAN_FILE = "plan.json";
const PLAN_PATH = `${PLAN_FOLDER}/${PLAN_FILE}`;

/** A run's secret parameters: the name of a Secret, and the SHA-256 of its contents. */
export interface MountedParams {
  readonly secret: string;
  readonly sha256: string;
}

/** How a run that a person triggers differs from a scheduled one. */
export interface ManualRun {
  /** The name of the Job. */
  readonly name: string;
  /** All parameters: they replace those of the CronJob. */
  readonly params: Params;
  readonly secretParams?: MountedParams | undefined;
  readonly dryRun: boolean;
  /** Records a plan, or applies the one in this ConfigMap. Absent: neither. */
  readonly plan?: "record" | { readonly configMap: string; readonly sha256: string } | undefined;
  /** The person's name, as the API server knows it. */
  readonly triggeredBy?: string | undefined;
  /** Annotations of the Job, besides those of the template. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** On the Job of a run that a person triggered: their name, as the API server knows it. */
export const TRIGGERED_BY_ANNOTATION = "errand/triggered-by";

/**
 * Makes the Job of a manual run from the template of a deployed CronJob, so that what runs is what is deployed. The CronJob owns it: its history limits apply, and
 * the Job goes when the CronJob is removed.
 */
export function manualJob(cronJob: CronJob, run: ManualRun): Job {
  const { jobTemplate } = cronJob.spec ?? {};
  if (jobTemplate?.spec === undefined) throw new RangeError(`CronJob ${cronJob.metadata.name} has no job template`);
  const { metadata = {}, spec } = jobTemplate;
  const pod = spec.template.spec;
  const { name, namespace = "", uid } = cronJob.metadata;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: run.name,
      namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...metadata.annotations,
        ...run.annotations,
        ...(run.triggeredBy === undefined ? {} : { [TRIGGERED_BY_ANNOTATION]: run.triggeredBy }),
        "cronjob.kubernetes.io/instantiate": "manual",
      },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true }],
    },
    spec: {
      ...spec,
      ttlSecondsAfterFinished: TTL_SECONDS,
      template: {
        ...spec.template,
        ...(pod === undefined
          ? {}
          : { spec: withMounts({ ...pod, containers: pod.containers.map((each) => withVariables(each, run)) }, run) }),
      },
    },
  };
}

/** Mounts the plan that a run applies and its secret parameters, so that the pod needs no right to read them. */
function withMounts(pod: PodSpec, { plan, secretParams }: ManualRun): PodSpec {
  const mounts: Mount[] = [];
  if (plan !== undefined && plan !== "record")
    mounts.push({ folder: PLAN_FOLDER, volume: { name: PLAN_VOLUME, configMap: { name: plan.configMap } } });
  if (secretParams !== undefined) {
    const secret = { secretName: secretParams.secret, defaultMode: SECRET_FILE_MODE };
    mounts.push({ folder: DEFAULT_PARAMS_FOLDER, volume: { name: PARAMS_VOLUME, secret } });
  }
  return mounts.reduce(withMount, pod);
}

interface Mount {
  readonly folder: string;
  readonly volume: NonNullable<PodSpec["volumes"]>[number];
}

/** Mounts a volume into the job's container. */
function withMount(pod: PodSpec, { folder, volume }: Mount): PodSpec {
  return {
    ...pod,
    volumes: [...(pod.volumes ?? []), volume],
    containers: pod.containers.map((container) =>
      container.name === CONTAINER_NAME
        ? {
            ...container,
            volumeMounts: [...(container.volumeMounts ?? []), { name: volume.name, mountPath: folder, readOnly: true }],
          }
        : container,
    ),
  };
}

/** Where the secret parameters of a run are; undefined where it has none. */
export function mountedParamsOf(job: Job): MountedParams | undefined {
  const { volumes = [], containers = [] } = job.spec?.template.spec ?? {};
  const secret = volumes.find(({ name }) => name === PARAMS_VOLUME)?.secret?.secretName;
  const variables = containers.find(({ name }) => name === CONTAINER_NAME)?.env ?? [];
  const sha256 = variables.find(({ name }) => name === ENVIRONMENT.secretParamsHash)?.value;
  return secret === undefined || sha256 === undefined ? undefined : { secret, sha256 };
}

type PodSpec = NonNullable<NonNullable<Job["spec"]>["template"]["spec"]>;

type Container = PodSpec["containers"][number];

function withVariables(container: Container, run: ManualRun): Container {
  if (container.name !== CONTAINER_NAME) return container;
  const { params, secretParams, dryRun, triggeredBy, plan } = run;
  const variables = [
    { name: ENVIRONMENT.trigger, value: "manual" },
    ...(Object.keys(params).length === 0 ? [] : [{ name: ENVIRONMENT.params, value: JSON.stringify(params) }]),
    ...(secretParams === undefined ? [] : [{ name: ENVIRONMENT.secretParamsHash, value: secretParams.sha256 }]),
    ...(triggeredBy === undefined ? [] : [{ name: ENVIRONMENT.triggeredBy, value: triggeredBy }]),
    ...planVariables(plan),
    ...(dryRun ? [{ name: ENVIRONMENT.dryRun, value: "true" }] : []),
  ];
  // Also those of the schedule: the run's own parameters already contain what it needs of them.
  const names = new Set<string>([ENVIRONMENT.params, ...variables.map(({ name }) => name)]);
  const kept = (container.env ?? []).filter(({ name }) => !names.has(name));
  return { ...container, env: [...kept, ...variables.map(escapeVariable)] };
}

function planVariables(plan: ManualRun["plan"]) {
  if (plan === undefined) return [];
  if (plan === "record") return [{ name: ENVIRONMENT.plan, value: plan }];
  return [
    { name: ENVIRONMENT.plan, value: PLAN_PATH },
    { name: ENVIRONMENT.planHash, value: plan.sha256 },
  ];
}

/** The kubelet expands `$(NAME)` in a value, and reads two dollars as one, so each dollar is doubled. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
function escapeVariable<T extends { readonly value: string }>(variable: T): T {
  return { ...variable, value: variable.value.replaceAll("$", "$$$$") };
}
