/** The variables through which the manifests speak to the runtime in the pod. */
export const ENVIRONMENT = {
  job: "ERRAND_JOB",
  revision: "ERRAND_REVISION",
  /** Name of the Kubernetes Job, from the pod's label `batch.kubernetes.io/job-name`. */
  runId: "ERRAND_RUN_ID",
  /** Failures of this index before, from the pod's annotation `batch.kubernetes.io/job-index-failure-count`. */
  previousFailures: "ERRAND_PREVIOUS_FAILURES",
  /** JSON object. */
  params: "ERRAND_PARAMS",
  /** SHA-256 of the file with the run's secret parameters, in hexadecimal digits. Absent: it has none. */
  secretParamsHash: "ERRAND_SECRET_PARAMS_SHA256",
  /** `true` or absent. */
  dryRun: "ERRAND_DRY_RUN",
  /** `record`: the run, a dry run, writes down what it would change. Else the file of the plan that it must keep to. Absent: no plan. */
  plan: "ERRAND_PLAN",
  /** The SHA-256 of that file, in hexadecimal digits: the run keeps to no other plan. */
  planHash: "ERRAND_PLAN_SHA256",
  /** `manual` where a person triggered the run; a scheduled run is known by its Job's name. */
  trigger: "ERRAND_TRIGGER",
  /** Who triggered it, as the API server knows the person; absent where nobody did. */
  triggeredBy: "ERRAND_TRIGGERED_BY",
  namespace: "POD_NAMESPACE",
  podName: "ERRAND_POD_NAME",
  serviceAccount: "ERRAND_SERVICE_ACCOUNT",
  /** Port of the status endpoint; `0` picks a free one; the log says which. Default: 8080. */
  statusPort: "ERRAND_STATUS_PORT",
  /** The pod's own addresses, with commas between them, where strangers may read its metrics. Absent: nowhere. */
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
/** What the secret parameters are called in their folder and in their Secret: JSON, `{ salt, params }`. */
export const SECRET_PARAMS_FILE = "params.json";
export const DEFAULT_TERMINATION_LOG = "/dev/termination-log";
