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

/** Said only where strangers may ask there: loopback's port is nobody else's business. Its name is what a PodMonitor selects. */
const METRICS_PORT = { name: "metrics", containerPort: DEFAULT_STATUS_PORT, protocol: "TCP" as const };

/** Where a Prometheus that discovers pods by their annotations finds the metrics: most people's scrape configuration, no standard. */
export const METRICS_ANNOTATIONS = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(DEFAULT_STATUS_PORT),
  "prometheus.io/path": "/metrics",
};

const USE_ENV_PROXY = "NODE_USE_ENV_PROXY";

/** A mount of errand's own. */
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

/** The container that runs the job; its command comes once everything else is known. */
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

/** Where a run that a person triggers has its own. */
function paramsVariable({ params = {} }: ResolvedSettings) {
  return Object.keys(params).length === 0 ? [] : [literal([ENVIRONMENT.params, JSON.stringify(params)])];
}

/** Where only one of request and limit is set, the default of the other gives way to it. */
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

/** With the version that the server would fill in: without it, whoever else applies the same manifest would be in conflict over this field. */
function fromField(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}

/** The kubelet expands `$(NAME)` in a value, and takes two dollars for one: each is doubled. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
function literal([name, value]: readonly [string, string]) {
  return { name, value: value.replaceAll("$", "$$$$") };
}
