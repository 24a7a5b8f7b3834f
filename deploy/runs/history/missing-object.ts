import type { PodObject } from "./run-objects.ts";

/** A Secret or ConfigMap, or a key of it, without which the kubelet does not start a pod. */
interface MissingObject {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  /** Absent where the whole object is missing. */
  readonly key?: string;
}

/** As the kubelet writes them, in events of mounts and in the reason why a container waits. */
const WORDINGS = [
  /couldn't find key (?<key>\S+) in (?<kind>Secret|ConfigMap) [^/\s]+\/(?<name>[^\s,;]+)/i,
  /(?<kind>secret|configmap)s? "(?<name>[^"]+)" not found/i,
];

/** Of a volume the kubelet does not say whose key it is. */
const KEY_OF_VOLUME = /references non-existent (?<kind>secret|config) key: (?<key>[^\s,;]+)/;

/** Reads which object a message of the kubelet is about; undefined where it is about something else. */
export function missingObject(message: string, pod?: PodObject): MissingObject | undefined {
  for (const wording of WORDINGS) {
    const { kind = "", name, key } = wording.exec(message)?.groups ?? {};
    if (name !== undefined) return { kind: kindOf(kind), name, ...(key === undefined ? {} : { key }) };
  }
  const { kind = "", key } = KEY_OF_VOLUME.exec(message)?.groups ?? {};
  if (key === undefined) return undefined;
  const owner = keysOf(pod).find((each) => each.kind === kindOf(kind) && each.key === key);
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name, key };
}

function kindOf(word: string): MissingObject["kind"] {
  return word.toLowerCase() === "secret" ? "Secret" : "ConfigMap";
}

/** Every key that a pod reads by its name. */
function keysOf(pod: PodObject | undefined): Required<MissingObject>[] {
  const containers = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
  const variables = containers
    .flatMap(({ env = [] }) => env)
    .flatMap(({ valueFrom }) => [
      ...keyed("Secret", valueFrom?.secretKeyRef?.name, [valueFrom?.secretKeyRef?.key]),
      ...keyed("ConfigMap", valueFrom?.configMapKeyRef?.name, [valueFrom?.configMapKeyRef?.key]),
    ]);
  const volumes = (pod?.spec?.volumes ?? []).flatMap(({ secret, configMap, projected }) => [
    ...keyed(
      "Secret",
      secret?.secretName,
      secret?.items?.map(({ key }) => key),
    ),
    ...keyed(
      "ConfigMap",
      configMap?.name,
      configMap?.items?.map(({ key }) => key),
    ),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...keyed(
        "Secret",
        source.secret?.name,
        source.secret?.items?.map(({ key }) => key),
      ),
      ...keyed(
        "ConfigMap",
        source.configMap?.name,
        source.configMap?.items?.map(({ key }) => key),
      ),
    ]),
  ]);
  return [...variables, ...volumes];
}

function keyed(
  kind: MissingObject["kind"],
  name: string | undefined,
  keys: readonly (string | undefined)[] = [],
): Required<MissingObject>[] {
  return keys.flatMap((key) => (name === undefined || key === undefined ? [] : [{ kind, name, key }]));
}

/**
 * The command that makes it; the pod, which waits for it, then goes on by itself.
 *
 * @param pod says which keys of it are read
 */
export function howToMake({ kind, name, key }: MissingObject, namespace: string | undefined, pod?: PodObject): string {
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  if (name === "kube-root-ca.crt")
    return "Kubernetes itself makes it in each namespace; where it does not, ask who runs the cluster's controller manager.";
  const run = /^errand-params-(.+)$/.exec(name)?.[1];
  if (kind === "Secret" && run !== undefined)
    return `Its trigger was interrupted: errand cancel ${run}${place}, and trigger the job again`;
  if (name.startsWith("errand-")) return `Deploy the job again: errand deploy FILE${place}`;
  const word = kind === "Secret" ? "secret generic" : "configmap";
  const resource = kind === "Secret" ? "secret" : "configmap";
  const then = "; the pod that waits then starts by itself";
  if (key !== undefined) {
    const patch = JSON.stringify({ [kind === "Secret" ? "stringData" : "data"]: { [key]: "VALUE" } });
    return `kubectl patch ${resource} ${name}${place} --patch '${patch}'${then}`;
  }
  const keys = new Set(
    keysOf(pod)
      .filter((each) => each.kind === kind && each.name === name)
      .map((each) => each.key),
  );
  const literals = [...(keys.size === 0 ? ["KEY"] : keys)].map((each) => ` --from-literal=${each}=VALUE`).join("");
  return `kubectl create ${word} ${name}${literals}${place}${then}`;
}
