import type { RunFacts } from "../lifecycle/run-record.ts";
import { isoTime } from "../output/clock.ts";
import type { RunIdentity } from "../report/report.ts";
import type { PlanSource } from "./load-plan.ts";
import type { SecretParamsSource } from "./secret-files.ts";

/** The environment variables by which the manifests configure the runtime. */
export const ENVIRONMENT = {
  job: "ERRAND_JOB",
  revision: "ERRAND_REVISION",
  /** Name of the Kubernetes Job, from the pod's label `batch.kubernetes.io/job-name`. */
  runId: "ERRAND_RUN_ID",
  /** Earlier failures of this index, from the pod's annotation `batch.kubernetes.io/job-index-failure-count`. */
  previousFailures: "ERRAND_PREVIOUS_FAILURES",
  /** JSON object. */
  params: "ERRAND_PARAMS",
  /** SHA-256 of the file with the run's secret parameters, in hex. Absent without any. */
  secretParamsHash: "ERRAND_SECRET_PARAMS_SHA256",
  /** `true` or absent. */
  dryRun: "ERRAND_DRY_RUN",
  /** `record`: a dry run that records what it would change. Otherwise the file of the plan to enforce. Absent without a plan. */
  plan: "ERRAND_PLAN",
  /** SHA-256 of that file, in hex. */
  planHash: "ERRAND_PLAN_SHA256",
  /** `manual` if a person triggered the run; a scheduled run is recognized by its Job's name. */
  trigger: "ERRAND_TRIGGER",
  /** The user name that triggered the run, as the API server knows it; absent for a scheduled run. */
  triggeredBy: "ERRAND_TRIGGERED_BY",
  namespace: "POD_NAMESPACE",
  podName: "ERRAND_POD_NAME",
  serviceAccount: "ERRAND_SERVICE_ACCOUNT",
  /** Port of the status endpoint; `0` picks a free one, which is logged. Default: 8080. */
  statusPort: "ERRAND_STATUS_PORT",
  /** The pod's own addresses on which anyone may read its metrics, comma-separated. Absent for none. */
  openAddresses: "ERRAND_OPEN_ADDRESSES",
  /** Folder with token, ca.crt and namespace. Default: `/var/run/secrets/kubernetes.io/serviceaccount`. */
  serviceAccountFolder: "ERRAND_SERVICE_ACCOUNT_FOLDER",
  /** Folder with one file for each of the job's `secrets`. Default: `/run/errand/secrets`. */
  secretsFolder: "ERRAND_SECRETS_FOLDER",
  /** Folder with the run's secret parameters. Default: `/run/errand/params`. */
  paramsFolder: "ERRAND_PARAMS_FOLDER",
  /** Default: `/dev/termination-log`. */
  terminationLog: "ERRAND_TERMINATION_LOG",
} as const;

export const DEFAULT_STATUS_PORT = 8080;
export const DEFAULT_SECRETS_FOLDER = "/run/errand/secrets";
export const DEFAULT_PARAMS_FOLDER = "/run/errand/params";
/** The file of the secret parameters in their folder, and its key in their Secret: JSON, `{ salt, params }`. */
export const SECRET_PARAMS_FILE = "params.json";
export const DEFAULT_TERMINATION_LOG = "/dev/termination-log";

const HIGHEST_PORT = 65_535;
/** Minutes since 1970 have eight digits until 2160; a name with another ending is not from the schedule. */
const UNIX_MINUTES = /^\d{8}$/;
const MILLISECONDS_PER_MINUTE = 60_000;

type Variables = Readonly<Record<string, string | undefined>>;

/** The settings from the manifests. */
export interface PodSettings {
  readonly facts: RunFacts;
  /** JSON, not yet parsed. */
  readonly paramsText: string | undefined;
  /** File and hash of the secret parameters, if any. */
  readonly secretParams: SecretParamsSource | undefined;
  /** `record`, or file and hash of a plan. */
  readonly plan: PlanSource | undefined;
  readonly statusPort: number;
  /** Addresses on which anyone may read the run's metrics. */
  readonly openAddresses: readonly string[];
  readonly terminationLog: string;
  /** Default: where a kubelet mounts it. */
  readonly serviceAccountFolder: string | undefined;
  readonly secretsFolder: string;
}

/** Reads the settings from environment variables. None is required: a bundle can also be started by hand. */
export function readPodSettings(environment: Variables): PodSettings {
  const read = (name: keyof typeof ENVIRONMENT): string | undefined => environment[ENVIRONMENT[name]] || undefined;
  return {
    facts: {
      job: read("job") ?? "unknown",
      namespace: read("namespace") ?? "default",
      revision: read("revision") ?? "unknown",
      identity: readRunIdentity(environment),
      dryRun: read("dryRun") === "true",
      serviceAccount: read("serviceAccount"),
    },
    paramsText: read("params"),
    secretParams: secretParamsOf(read("paramsFolder"), read("secretParamsHash")),
    plan: planOf(read("plan"), read("planHash") ?? ""),
    statusPort: readPort(read("statusPort")),
    openAddresses: (read("openAddresses") ?? "").split(",").filter((address) => address !== ""),
    terminationLog: read("terminationLog") ?? DEFAULT_TERMINATION_LOG,
    serviceAccountFolder: read("serviceAccountFolder"),
    secretsFolder: read("secretsFolder") ?? DEFAULT_SECRETS_FOLDER,
  };
}

function planOf(file: string | undefined, sha256: string): PlanSource | undefined {
  return file === undefined || file === "record" ? file : { file, sha256 };
}

function secretParamsOf(folder = DEFAULT_PARAMS_FOLDER, sha256: string | undefined): SecretParamsSource | undefined {
  return sha256 === undefined ? undefined : { file: `${folder}/${SECRET_PARAMS_FILE}`, sha256 };
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_STATUS_PORT);
  return Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT ? port : DEFAULT_STATUS_PORT;
}

/**
 * Identifies the run from the pod's environment, which needs no rights in the API. A scheduled run is recognized by the name that
 * the CronJob controller gives its Job: `<cronjob>-<unix minutes of the scheduled time>`.
 * https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/cronjob/utils.go
 */
export function readRunIdentity(environment: Variables): RunIdentity {
  const id = environment[ENVIRONMENT.runId] ?? "";
  if (id === "") return { id: environment[ENVIRONMENT.podName] || "local", attempt: 1, trigger: "local" };
  const attempt = attemptAfter(environment[ENVIRONMENT.previousFailures]);
  const scheduledTime =
    environment[ENVIRONMENT.trigger] === "manual" ? undefined : scheduledTimeIn(id, environment[ENVIRONMENT.job] ?? "");
  const triggeredBy = environment[ENVIRONMENT.triggeredBy] ?? "";
  return scheduledTime === undefined
    ? { id, attempt, trigger: "manual", ...(triggeredBy === "" ? {} : { triggeredBy }) }
    : { id, scheduledTime, attempt, trigger: "schedule" };
}

function scheduledTimeIn(id: string, cronJob: string): string | undefined {
  const minutes = id.startsWith(`${cronJob}-`) ? id.slice(cronJob.length + 1) : "";
  if (!UNIX_MINUTES.test(minutes)) return undefined;
  return isoTime(Number(minutes) * MILLISECONDS_PER_MINUTE).replace(".000Z", "Z");
}

/** The variable is empty in a Job without backoffLimitPerIndex, whose pods do not have the annotation. */
function attemptAfter(previousFailures: string | undefined): number {
  return /^\d+$/.test(previousFailures ?? "") ? Number(previousFailures) + 1 : 1;
}
