import { DEFAULT_TIMEOUT, type JobSettings } from "../../runtime/job/definition.ts";
import { parseDuration } from "../../runtime/job/duration.ts";
import type { PodTemplateSpec } from "../../runtime/kube/generated/core-v1.ts";
import { toNumber } from "../../runtime/kube/values/quantity.ts";
import { bootWords, MOUNT_PATH } from "../build/boot.ts";
import type { ResolvedSettings } from "../settings/define-config.ts";
import { nodeCommand } from "../settings/image.ts";
import { merge, withoutNulls } from "../settings/merge.ts";
import { BUNDLE_VOLUME, CONTAINER_NAME } from "../settings/own-fields.ts";
import { jobContainer, METRICS_ANNOTATIONS, type PodInput } from "./job-container.ts";
import { revisionLabels } from "./manifest.ts";
import { serviceAccountName } from "./rbac.ts";
import { bundleVolumes, type ProjectedVolume, projectedVolumes } from "./volumes.ts";

/** The time that the runtime has after SIGTERM to abort the run and report `cancelled`. */
const TERMINATION_GRACE_SECONDS = 30;

/** An attempt's time beyond the job's own timeout, from when the pod is on a node: to pull the image, to start, and to end after SIGTERM. */
const ATTEMPT_MARGIN_SECONDS = 60;

/**
 * How long an attempt's pod may be active, in seconds. The runtime enforces the job's timeout itself, unless the event loop is blocked: then the kubelet ends the
 * process and keeps the pod, with what the run had reported. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#lifecycle
 */
export function attemptSeconds({
  timeout = DEFAULT_TIMEOUT,
  linger = "0s",
}: Pick<JobSettings, "timeout" | "linger">): number {
  return Math.ceil((parseDuration(timeout) + parseDuration(linger)) / 1_000) + ATTEMPT_MARGIN_SECONDS;
}

/** The user `node` of the official images; any other than 0 would do. */
const USER_ID = 1000;

type Container = NonNullable<PodTemplateSpec["spec"]>["containers"][number];

/**
 * The pod of a run, with the patches of settings and the job file. Without them it satisfies the restricted level of the Pod Security Standards.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podTemplate(input: PodInput) {
  const { metadata, spec } = withoutNulls(merge(ownTemplate(input), input.settings.pod)) as Required<PodTemplateSpec>;
  const containers = spec.containers.map((container) => withCommand(container, input));
  return { metadata, spec: { ...spec, containers } };
}

function ownTemplate(input: PodInput): PodTemplateSpec {
  const { settings, definition } = input;
  const mesh = meshOptOut(settings.mesh);
  const annotations = {
    ...(definition.metrics ? METRICS_ANNOTATIONS : {}),
    ...settings.annotations,
    ...mesh.annotations,
  };
  const projected = projectedVolumes(definition.secrets, input.rules.length > 0);
  return {
    metadata: {
      labels: { ...settings.labels, ...mesh.labels, ...revisionLabels(input.name, input.bundle.hash) },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      serviceAccountName: serviceAccountName(input),
      // It would be mounted into every container of the pod; the job's container mounts it from a volume of its own.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      restartPolicy: "Never",
      activeDeadlineSeconds: attemptSeconds(definition),
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER_ID,
        runAsGroup: USER_ID,
        fsGroup: USER_ID,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [jobContainer(input, mountsOf(settings, projected))],
      ...volumesOf([...bundleVolumes(input), ...projected.map(({ volume }) => volume)]),
    },
  };
}

function volumesOf<T>(volumes: readonly T[]): { readonly volumes?: T[] } {
  return volumes.length === 0 ? {} : { volumes: [...volumes] };
}

function mountsOf({ bundledImage }: ResolvedSettings, projected: readonly ProjectedVolume[]) {
  return [
    ...(bundledImage === undefined ? [{ name: BUNDLE_VOLUME, mountPath: MOUNT_PATH, readOnly: true }] : []),
    ...projected.map(({ volume: { name }, mountPath }) => ({ name, mountPath, readOnly: true })),
  ];
}

/** Adds the command. Node's permissions depend on the mounts, and its heap size on the memory limit, whoever set them. */
function withCommand(container: Container, { settings, bundle }: PodInput): Container {
  if (container.name !== CONTAINER_NAME) return container;
  const { name, image, volumeMounts = [], ...rest } = container;
  const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath);
  const memoryBytes = toNumber(container.resources?.limits?.memory ?? "0");
  // The folder in an image is named after its revision.
  const folder = settings.bundledImage === undefined ? MOUNT_PATH : `${MOUNT_PATH}/${bundle.hash}`;
  return {
    name,
    ...(image === undefined ? {} : { image }),
    command: [...nodeCommand({ ...settings, memoryBytes, writable }), ...bootWords(folder, bundle.files)],
    ...rest,
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  };
}

/** What keeps the sidecar of each service mesh out of a pod: a proxy that outlives the job would keep its run from ending. */
const OPT_OUT = {
  labels: {
    // https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
    "sidecar.istio.io/inject": "false",
    // https://kuma.io/docs/latest/production/dp-config/dpp-on-kubernetes/
    "kuma.io/sidecar-injection": "disabled",
  },
  annotations: {
    // https://linkerd.io/2/features/proxy-injection/
    "linkerd.io/inject": "disabled",
    // https://developer.hashicorp.com/consul/docs/k8s/annotations-and-labels
    "consul.hashicorp.com/connect-inject": "false",
  },
} as const;

/** Labels and annotations that keep a pod out of service meshes. @param mesh `false` to keep it out */
function meshOptOut(mesh: boolean | undefined): { readonly labels: object; readonly annotations: object } {
  return mesh === false ? OPT_OUT : { labels: {}, annotations: {} };
}
