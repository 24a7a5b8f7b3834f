import type { AccessRule } from "../../runtime/job/access.ts";
import type { Resources } from "../../runtime/job/definition.ts";
import { DEFAULT_STATUS_PORT, ENVIRONMENT } from "../../runtime/run/environment.ts";
import { MOUNT_PATH } from "../bundling/boot.ts";
import { configMapName } from "./config-map.ts";
import { type JobIdentity, revisionLabels } from "./manifest.ts";
import { nodeCommand } from "./node-command.ts";
import { quantityToNumber } from "./quantity.ts";
import { serviceAccountName } from "./service-account.ts";

export const CONTAINER_NAME = "job";

/** What the runtime has, from SIGTERM on, to abort the run and to report `cancelled`. */
const TERMINATION_GRACE_SECONDS = 30;

/** A blocked event loop hears no SIGTERM: there is nothing to wait for. */
const BLOCKED_GRACE_SECONDS = 5;

/** The user `node` of the official images; any number but 0 would do. */
const USER_ID = 1000;

/** Enough for a run that lists some tens of thousands of objects; the CPU limit lets Node start quickly. */
const DEFAULT_REQUESTS = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMITS = { cpu: "1", memory: "256Mi" };

/** What a pod is made from besides its job. */
export interface PodInput extends JobIdentity {
  readonly rules: readonly AccessRule[];
  readonly revision: string;
  readonly image: string;
}

/** The pod of a run. It satisfies the restricted level of the Pod Security Standards. https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
export function podTemplate(input: PodInput) {
  return {
    metadata: { labels: revisionLabels(input.name, input.revision) },
    spec: {
      serviceAccountName: serviceAccountName(input),
      automountServiceAccountToken: input.rules.length > 0,
      enableServiceLinks: false,
      restartPolicy: "Never",
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER_ID,
        runAsGroup: USER_ID,
        fsGroup: USER_ID,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [container(input)],
      volumes: [{ name: "bundle", configMap: { name: configMapName(input.name, input.revision) } }],
    },
  };
}

function container(input: PodInput) {
  const resources = resourcesOf(input.definition.resources);
  return {
    name: CONTAINER_NAME,
    image: input.image,
    command: nodeCommand(input.image, quantityToNumber(resources.limits.memory)),
    env: environment(input),
    ports: [{ name: "status", containerPort: DEFAULT_STATUS_PORT, protocol: "TCP" }],
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    terminationMessagePolicy: "File",
    ...probes(),
    volumeMounts: [{ name: "bundle", mountPath: MOUNT_PATH, readOnly: true }],
  };
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
  return quantityToNumber(left) <= quantityToNumber(right) ? left : right;
}

function larger(left: string, right: string): string {
  return quantityToNumber(left) >= quantityToNumber(right) ? left : right;
}

function environment({ name, revision }: PodInput) {
  return [
    { name: ENVIRONMENT.job, value: name },
    { name: ENVIRONMENT.revision, value: revision },
    fromField(ENVIRONMENT.runId, "metadata.labels['batch.kubernetes.io/job-name']"),
    fromField(ENVIRONMENT.previousFailures, "metadata.annotations['batch.kubernetes.io/job-index-failure-count']"),
    fromField(ENVIRONMENT.namespace, "metadata.namespace"),
    fromField(ENVIRONMENT.podName, "metadata.name"),
    fromField(ENVIRONMENT.serviceAccount, "spec.serviceAccountName"),
  ];
}

/** With the version that the server would fill in: without it, whoever else applies the same manifest would be in conflict over this field. */
function fromField(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
}

/** Liveness means that the event loop turns: a blocked one is killed after 30 s. Starting may take a minute on a node that is short of CPU. */
function probes() {
  const health = {
    httpGet: { path: "/healthz", port: "status" },
    timeoutSeconds: 5,
    terminationGracePeriodSeconds: BLOCKED_GRACE_SECONDS,
  };
  return {
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: "/readyz", port: "status" }, periodSeconds: 10, timeoutSeconds: 5 },
  };
}
