import type { AccessRule } from "../../runtime/job/access.ts";
import type { Resources } from "../../runtime/job/definition.ts";
import { compare } from "../../runtime/kube/values/quantity.ts";
import { DEFAULT_STATUS_PORT, ENVIRONMENT } from "../../runtime/run/pod/environment.ts";
import type { Bundle } from "../build/bundle.ts";
import type { ResolvedSettings } from "../settings/define-config.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import type { JobIdentity } from "./manifest.ts";

/** Enough for a run that lists some tens of thousands of objects; the CPU limit lets Node start quickly. */
const DEFAULT_REQUESTS = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMITS = { cpu: "1", memory: "256Mi" };

/** Declared only with `metrics`, since otherwise the port is open on loopback alone. A PodMonitor selects it by its name. */
const METRICS_PORT = { name: "metrics", containerPort: DEFAULT_STATUS_PORT, protocol: "TCP" as const };

/** Annotations for a Prometheus that discovers pods by them: a widespread scrape configuration, not a standard. */
export const METRICS_ANNOTATIONS = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(DEFAULT_STATUS_PORT),
  "prometheus.io/path": "/metrics",
};

const USE_ENV_PROXY = "NODE_USE_ENV_PROXY";

/** One of errand's own mounts. */
interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

/** What a pod is made from besides its job. */
export interface PodInput extends JobIdentity {
  readonly rules: readonly AccessRule[];
  readonly bundle: Pick<Bundle, "hash" | "files">;
  readonly settings: ResolvedSettings;
}

/** The container that runs the job, without its command, which depends on the finished pod. */
export function jobContainer(input: PodInput, volumeMounts: Mount[]) {
  const { settings } = input;
  return {
    name: CONTAINER_NAME,
    image: settings.bundledImage ?? settings.image,
    env: [
      ...environment(input),
      ...proxyVariable(input),
      ...Object.entries(settings.env ?? {}).map(literal),
      ...paramsVariable(settings),
    ],
    ...(input.definition.metrics ? { ports: [METRICS_PORT] } : {}),
    resources: resourcesOf(settings.resources),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    terminationMessagePolicy: "File" as const,
    volumeMounts,
  };
}

/** Node's fetch then honours the proxy variables that the pod has, whoever set them. https://nodejs.org/api/cli.html#node_use_env_proxy1 */
function proxyVariable({ definition, settings }: PodInput) {
  const isNeeded = definition.http !== undefined && settings.env?.[USE_ENV_PROXY] === undefined;
  return isNeeded ? [literal([USE_ENV_PROXY, "1"])] : [];
}

/** Parameters of scheduled runs. A run that a person triggers replaces the variable. */
function paramsVariable({ params = {} }: ResolvedSettings) {
  return Object.keys(params).length === 0 ? [] : [literal([ENVIRONMENT.params, JSON.stringify(params)])];
}

/** If only one of request and limit is set, the default of the other is adjusted to it. */
function resourcesOf({ requests = {}, limits = {} }: Resources = {}) {
  const wanted = { ...DEFAULT_REQUESTS, ...requests };
  const most = { ...DEFAULT_LIMITS, ...limits };
  return {
    requests: {
      cpu: requests.cpu ?? smaller(wanted.cpu, most.cpu),
      memory: requests.memory ?? smaller(wanted.memory, most.memory),
    },
    limits: {
      cpu: limits.cpu ?? larger(most.cpu, wanted.cpu),
      memory: limits.memory ?? larger(most.memory, wanted.memory),
    },
  };
}

function smaller(left: string, right: string): string {
  return compare(left, right) <= 0 ? left : right;
}

function larger(left: string, right: string): string {
  return compare(left, right) >= 0 ? left : right;
}

function environment({ name, bundle, definition }: PodInput) {
  return [
    { name: ENVIRONMENT.job, value: name },
    { name: ENVIRONMENT.revision, value: bundle.hash },
    fromField(ENVIRONMENT.runId, "metadata.labels['batch.kubernetes.io/job-name']"),
    fromField(ENVIRONMENT.previousFailures, "metadata.annotations['batch.kubernetes.io/job-index-failure-count']"),
    fromField(ENVIRONMENT.namespace, "metadata.namespace"),
    fromField(ENVIRONMENT.podName, "metadata.name"),
    fromField(ENVIRONMENT.serviceAccount, "spec.serviceAccountName"),
    ...(definition.metrics ? [fromField(ENVIRONMENT.openAddresses, "status.podIPs")] : []),
  ];
}

/** With the version that the server would fill in: without it, another tool that applies the same manifest would conflict over this field. */
function fromField(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}

/** The kubelet expands `$(NAME)` in a value, and reads two dollars as one, so each dollar is doubled. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
function literal([name, value]: readonly [string, string]) {
  return { name, value: value.replaceAll("$", "$$$$") };
}
