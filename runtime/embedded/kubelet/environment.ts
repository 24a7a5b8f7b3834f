import { delimiter } from "node:path";
import { DEFAULT_PARAMS_FOLDER, DEFAULT_SECRETS_FOLDER, ENVIRONMENT } from "../../run/pod/environment.ts";
import { textAt } from "../objects/api-object.ts";
import type { Container, EnvironmentVariable, KeyReference, Pod } from "./pod.ts";

/** Reads one value of a ConfigMap or Secret; undefined if missing. */
export type ReadKey = (kind: "ConfigMap" | "Secret", name: string, key: string) => string | undefined;

const FIELD_WITH_KEY = /^metadata\.(labels|annotations)\['([^']*)'\]$/;
/** Set before a pod's process starts, although the status has them only later. */
const ADDRESS_FIELDS = ["status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs"];
const ADDRESS = "127.0.0.1";
const REFERENCE = /\$\$|\$\(([A-Za-z_.-][\w.-]*)\)/g;

/**
 * The environment of a container as a kubelet sets it: in order, with fields of the pod, keys of ConfigMaps and Secrets, and `$(NAME)` expanded.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 *
 * @throws {RangeError} for a missing required key, or an unknown field or source
 */
export function containerEnvironment(pod: Pod, { env = [] }: Container, readKey: ReadKey): Record<string, string> {
  const values: Record<string, string> = {};
  for (const variable of env) {
    const value = variable.valueFrom ? resolve(pod, variable, readKey) : expand(variable.value ?? "", values);
    if (value !== undefined) values[variable.name] = value;
  }
  return values;
}

function resolve(pod: Pod, { name, valueFrom = {} }: EnvironmentVariable, readKey: ReadKey): string | undefined {
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldOfPod(pod, fieldRef.fieldPath);
  if (configMapKeyRef) return keyOf("ConfigMap", configMapKeyRef, readKey);
  if (secretKeyRef) return keyOf("Secret", secretKeyRef, readKey);
  throw new RangeError(`The variable ${name} has a source that the embedded cluster does not support`);
}

/** The value of a fieldRef; an absent label or annotation is empty. */
export function fieldOfPod(pod: Pod, path: string): string {
  const [, map, key = ""] = FIELD_WITH_KEY.exec(path) ?? [];
  if (map === "labels" || map === "annotations") return pod.metadata[map]?.[key] ?? "";
  const value = ADDRESS_FIELDS.includes(path) ? ADDRESS : textAt(pod, ...path.split("."));
  if (value === undefined) throw new RangeError(`The pod has no field ${path}`);
  return value;
}

function keyOf(kind: "ConfigMap" | "Secret", { name = "", key, optional }: KeyReference, readKey: ReadKey) {
  const value = readKey(kind, name, key);
  if (value === undefined && !optional) throw new RangeError(`couldn't find key ${key} in ${kind} ${name}`);
  return value;
}

function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(REFERENCE, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return known[name] ?? match;
  });
}

/** Local paths of what a pod has at fixed paths. */
export interface Places {
  readonly apiHost: string;
  readonly apiPort: number;
  readonly serviceAccountFolder: string;
  readonly terminationLog: string;
  /** Package folders that the image would have. */
  readonly packageFolders?: readonly string[];
  /** Path in the container → local path. */
  readonly paths?: readonly (readonly [inContainer: string, here: string])[];
}

/** The variables of every pod, and those that give errand's runtime the local paths. */
export function nodeEnvironment(pod: Pod, places: Places): Record<string, string> {
  const { packageFolders = [] } = places;
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: places.apiHost,
    KUBERNETES_SERVICE_PORT: String(places.apiPort),
    KUBERNETES_SERVICE_PORT_HTTPS: String(places.apiPort),
    [ENVIRONMENT.serviceAccountFolder]: places.serviceAccountFolder,
    [ENVIRONMENT.terminationLog]: places.terminationLog,
    [ENVIRONMENT.secretsFolder]: places.paths?.find(([path]) => path === DEFAULT_SECRETS_FOLDER)?.[1] ?? "",
    [ENVIRONMENT.paramsFolder]: places.paths?.find(([path]) => path === DEFAULT_PARAMS_FOLDER)?.[1] ?? "",
    ...(packageFolders.length === 0 ? {} : { NODE_PATH: packageFolders.join(delimiter) }),
    // Pods share this machine's ports.
    [ENVIRONMENT.statusPort]: "0",
  };
}
