import { posix } from "node:path";
import { isReservedVariable } from "../../runtime/job/pod-fields.ts";
import { type DefinitionProblem, problem } from "../../runtime/job/problem.ts";
import { isMap, isMapList } from "./merge.ts";

/** The container that runs the job. */
export const CONTAINER_NAME = "job";
/** The volume with the bundle. */
export const BUNDLE_VOLUME = "bundle";
/** The volume with the job's secrets. */
export const SECRETS_VOLUME = "secrets";
/** The volume with the ServiceAccount's token. */
export const TOKEN_VOLUME = "errand-token";

const TOKEN_IS_THE_JOBS = "only the job's container gets a token; for a sidecar, mount your own projected volume";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_KEY = /^(?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
export const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/;
/** Keys that errand recognizes its objects by, and labels with which Kubernetes would grant a role to others. */
const OWN_KEY =
  /^(?:errand\/.*|app\.kubernetes\.io\/(?:name|component|managed-by|version)|(?:batch\.kubernetes|rbac\.authorization\.k8s)\.io\/.*)$/;

/** Fields that errand sets itself, and what to use instead. */
const OWN_SPEC: Readonly<Record<string, string>> = {
  serviceAccountName: "set it in the job file's serviceAccountName",
  serviceAccount: "set it in the job file's serviceAccountName",
  automountServiceAccountToken: TOKEN_IS_THE_JOBS,
  shareProcessNamespace: "every container of the pod could read the job's token and memory",
  restartPolicy: "a failed run is retried by its Job",
  activeDeadlineSeconds: "set the job file's timeout",
  terminationGracePeriodSeconds: "the runtime relies on it when a run is cancelled",
};
const OWN_CONTAINER: Readonly<Record<string, string>> = {
  command: "it starts the bundle",
  args: "it starts the bundle",
  image: "set image in errand.config.ts, or --image",
  ports: "set the job file's metrics",
  terminationMessagePath: "the report is written there",
  terminationMessagePolicy: "the report is written there",
};
/** Fields that a patch may add to but not remove: errand's own items are in them. */
const KEPT_SPEC = ["containers", "volumes"];
const KEPT_CONTAINER = ["env", "volumeMounts", "resources"];
const OWN_VOLUMES: readonly string[] = [BUNDLE_VOLUME, SECRETS_VOLUME, TOKEN_VOLUME];
/** The bundle, the secrets, the token and the report. */
const OWN_MOUNT =
  /^\/(?:errand|(?:var\/)?run\/errand|dev)(?:\/|$)|^\/(?:var\/)?run\/secrets(?:\/kubernetes\.io(?:\/serviceaccount(?:\/.*)?)?)?\/*$/;

/** Prefixes of variables that decide what a process runs, whom it trusts and where it connects. */
const STEERING = [
  ...["ALL_PROXY", "HTTP", "NO_PROXY", "ERRAND_", "KUBERNETES_", "POD_NAMESPACE"],
  ...["HOME", "LD_", "NODE", "OPENSSL_", "PATH", "SSL_"],
];

/** True where a variable with this prefix could be one of those. */
function maySteer(prefix: string): boolean {
  const upper = prefix.toUpperCase();
  return STEERING.some((name) => name.startsWith(upper) || upper.startsWith(name));
}

/** Finds the fields of errand's own that a patch of the pod template changes. */
export function findOwnFieldProblems(pod: unknown): DefinitionProblem[] {
  if (pod === undefined) return [];
  if (!isMap(pod)) return [problem("pod", "expected { metadata, spec }")];
  const { metadata = {}, spec = {}, ...others } = pod;
  const found = Object.keys(others).map((key) => problem(`pod.${key}`, "is not a field of a pod template"));
  if (!isMap(metadata) || !isMap(spec)) return [...found, problem("pod", "expected { metadata, spec }")];
  return [
    ...found,
    ...findMetadata(metadata),
    ...owned(spec, OWN_SPEC, "pod.spec"),
    ...kept(spec, KEPT_SPEC, "pod.spec"),
    ...findInSpec(spec),
  ];
}

function findMetadata({ labels, annotations, ...others }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  return [
    ...Object.keys(others).map((key) => problem(`pod.metadata.${key}`, "expected labels and annotations only")),
    ...findMetadataProblems(labels, "pod.metadata.labels", /^/),
    ...findMetadataProblems(annotations, "pod.metadata.annotations", /^/),
  ];
}

function findInSpec({ containers, initContainers, volumes }: Readonly<Record<string, unknown>>): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  for (const { name, volumeMounts } of isMapList(initContainers) ? initContainers : []) {
    const mounts = isMapList(volumeMounts) ? volumeMounts : [];
    if (mounts.some((mount) => mount.name === TOKEN_VOLUME))
      found.push(problem(`pod.spec.initContainers[${name}].volumeMounts`, TOKEN_IS_THE_JOBS));
  }
  for (const container of isMapList(containers) ? containers : []) {
    const field = `pod.spec.containers[${String(container.name)}]`;
    if (container.name !== CONTAINER_NAME) {
      found.push(
        problem(
          field,
          `a second container beside "${CONTAINER_NAME}" keeps a run from ending; make it an initContainer with restartPolicy: Always`,
        ),
      );
      continue;
    }
    found.push(...owned(container, OWN_CONTAINER, field), ...kept(container, KEPT_CONTAINER, field));
    found.push(...findInContainer(container, field));
  }
  for (const { name } of isMapList(volumes) ? volumes : []) {
    if (OWN_VOLUMES.includes(String(name))) {
      found.push(problem(`pod.spec.volumes[${name}]`, "is errand's own volume; choose another name"));
    }
  }
  return found;
}

function findInContainer(
  { env, envFrom, volumeMounts }: Readonly<Record<string, unknown>>,
  field: string,
): DefinitionProblem[] {
  const variables = (isMapList(env) ? env : []).filter(({ name }) => isReservedVariable(String(name)));
  const mounts = (isMapList(volumeMounts) ? volumeMounts : []).filter(({ mountPath }) =>
    OWN_MOUNT.test(posix.normalize(String(mountPath))),
  );
  const sources = isMapList(envFrom) ? [...envFrom.entries()] : [];
  return [
    ...sources
      .filter(([, { prefix }]) => maySteer(String(prefix ?? "")))
      .map(([index]) =>
        problem(
          `${field}.envFrom[${index}]`,
          "whoever can write it could set NODE_OPTIONS and run code as the job; add a prefix such as APP_, or list each variable in env",
        ),
      ),
    ...variables.map(({ name }) => problem(`${field}.env[${String(name)}]`, "is set by errand or Kubernetes")),
    ...mounts.map(({ mountPath }) =>
      problem(`${field}.volumeMounts[${String(mountPath)}]`, "is a path that errand mounts itself; choose another"),
    ),
  ];
}

function kept(fields: Readonly<Record<string, unknown>>, names: readonly string[], place: string) {
  return names
    .filter((name) => fields[name] === null)
    .map((name) => problem(`${place}.${name}`, "is needed by errand and cannot be null"));
}

function owned(fields: Readonly<Record<string, unknown>>, own: Readonly<Record<string, string>>, place: string) {
  return Object.keys(fields)
    .filter((key) => Object.hasOwn(own, key))
    .map((key) => problem(`${place}.${key}`, `is errand's own: ${own[key]}`));
}

/** Finds what is wrong with labels or annotations. @param field their path, for messages */
export function findMetadataProblems(entries: unknown, field: string, value: RegExp): DefinitionProblem[] {
  if (entries === undefined) return [];
  if (!isMap(entries)) return [problem(field, 'expected strings by key, such as { team: "shop" }')];
  return Object.entries(entries).flatMap(([key, text]) => {
    if (OWN_KEY.test(key)) return [problem(`${field}.${key}`, "is reserved for errand and Kubernetes")];
    if (!LABEL_KEY.test(key)) return [problem(`${field}.${key}`, "is not a valid key for labels and annotations")];
    if (typeof text === "string" && value.test(text)) return [];
    return [problem(`${field}.${key}`, "expected at most 63 letters, digits, dots, dashes and underscores")];
  });
}
