import type { PodObject } from "./run-objects.ts";

/** A Secret or ConfigMap, or a key of it, without which the kubelet does not start a pod. */
export interface MissingObject {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  /** Absent where the whole object is missing. */
  readonly key?: string;
}

/** The name of a bundle: the job's and its revision. */
const BUNDLE = /^errand-.+-[0-9a-f]+$/;

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
  const owner = needsOf(pod).find((each) => each.kind === kindOf(kind) && each.keys.includes(key));
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name, key };
}

function needsOf(pod: { readonly spec?: PodSpec } | undefined): NeededObject[] {
  return pod?.spec == null ? [] : neededObjects(pod.spec);
}

function kindOf(resource: string): MissingObject["kind"] {
  return resource.toLowerCase() === "secret" ? "Secret" : "ConfigMap";
}

/** A Secret or ConfigMap that a pod cannot start without, and the keys that it reads by their names. */
export interface NeededObject {
  readonly kind: MissingObject["kind"];
  readonly name: string;
  readonly keys: readonly string[];
}

type PodSpec = NonNullable<PodObject["spec"]>;

/** What the kubelet wants to have before it starts a pod; each object once. */
export function neededObjects({ initContainers = [], containers, volumes = [] }: PodSpec): NeededObject[] {
  const all = [...initContainers, ...containers];
  const references = [
    ...all.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => ofSources(valueFrom?.secretKeyRef, valueFrom?.configMapKeyRef)),
    ),
    ...all.flatMap(({ envFrom = [] }) =>
      envFrom.flatMap(({ secretRef, configMapRef }) => ofSources(secretRef, configMapRef)),
    ),
    ...volumes.flatMap(({ secret, configMap }) =>
      ofSources(secret && { ...secret, name: secret.secretName }, configMap),
    ),
    ...volumes.flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap(({ secret, configMap }) => ofSources(secret, configMap)),
    ),
  ];
  const found = new Map<string, NeededObject>();
  for (const reference of references) {
    const id = `${reference.kind} ${reference.name}`;
    found.set(id, { ...reference, keys: [...new Set([...(found.get(id)?.keys ?? []), ...reference.keys])] });
  }
  return [...found.values()];
}

/** As variables and volumes name an object, and keys of it. */
interface Source {
  readonly name?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly key?: string | undefined;
  readonly items?: readonly { readonly key: string }[] | undefined;
}

function ofSources(secret: Source | undefined, configMap: Source | undefined): NeededObject[] {
  return [["Secret", secret] as const, ["ConfigMap", configMap] as const].flatMap(([kind, source]) => {
    if (source?.name === undefined || source.optional) return [];
    const keys = [source.key, ...(source.items ?? []).map(({ key }) => key)].filter((key) => key !== undefined);
    return [{ kind, name: source.name, keys }];
  });
}

/**
 * The command that makes it. A pod that waits for it then starts by itself.
 *
 * @param pod says which keys of it are read
 */
export function howToMake(
  { kind, name, key }: MissingObject,
  namespace: string | undefined,
  pod?: { readonly spec?: PodSpec },
): string {
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  if (name === "kube-root-ca.crt")
    return "Kubernetes creates it in every namespace; if it is missing, ask whoever runs the cluster's controller manager.";
  const run = /^errand-params-(.+)$/.exec(name)?.[1];
  if (kind === "Secret" && run !== undefined)
    return `Its trigger was interrupted: errand cancel ${run}${place}, then trigger the job again`;
  if (kind === "ConfigMap" && BUNDLE.test(name)) return `Deploy the job again: errand deploy FILE${place}`;
  const what = kind === "Secret" ? "secret generic" : "configmap";
  const resource = kind === "Secret" ? "secret" : "configmap";
  if (key !== undefined) {
    const patch = JSON.stringify({ [kind === "Secret" ? "stringData" : "data"]: { [key]: "VALUE" } });
    return `kubectl patch ${resource} ${name}${place} --patch '${patch}'`;
  }
  const { keys = [] } = needsOf(pod).find((each) => each.kind === kind && each.name === name) ?? {};
  const literals = (keys.length === 0 ? ["KEY"] : keys).map((each) => ` --from-literal=${each}=VALUE`).join("");
  return `kubectl create ${what} ${name}${literals}${place}`;
}
