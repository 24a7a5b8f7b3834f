/** How a list merges: by its items' keys, as a set of values, or not at all. */
export type ListMerge =
  | { readonly by: "keys"; readonly keys: readonly string[] }
  | { readonly by: "value" }
  | { readonly by: "nothing" };

const BY_NAME: ListMerge = { by: "keys", keys: ["name"] };
const ATOMIC: ListMerge = { by: "nothing" };

/**
 * The common lists of built-in resources, by field name, which means the same in all resources. The embedded API has no schemas; other lists are replaced
 * as a whole, like those of custom resources.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#notes-on-the-strategic-merge-patch
 */
const MERGE_OF_FIELD: Readonly<Record<string, ListMerge>> = {
  containers: BY_NAME,
  initContainers: BY_NAME,
  ephemeralContainers: BY_NAME,
  volumes: BY_NAME,
  env: BY_NAME,
  imagePullSecrets: BY_NAME,
  secrets: BY_NAME,
  volumeMounts: { by: "keys", keys: ["mountPath"] },
  volumeDevices: { by: "keys", keys: ["devicePath"] },
  hostAliases: { by: "keys", keys: ["ip"] },
  conditions: { by: "keys", keys: ["type"] },
  ownerReferences: { by: "keys", keys: ["uid"] },
  topologySpreadConstraints: { by: "keys", keys: ["topologyKey", "whenUnsatisfiable"] },
  finalizers: { by: "value" },
};

/** Ports of a container and of a Service have the same field name but different keys. */
const CONTAINER_PORTS: ListMerge = { by: "keys", keys: ["containerPort", "protocol"] };
const SERVICE_PORTS: ListMerge = { by: "keys", keys: ["port", "protocol"] };

/** Defaults of omitted keys. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: "TCP" };

/** How a list merges, by its field name and first item. */
export function listMergeOf(field: string, items: readonly unknown[]): ListMerge {
  if (field === "ports") return portsMerge(items);
  return (Object.hasOwn(MERGE_OF_FIELD, field) && MERGE_OF_FIELD[field]) || ATOMIC;
}

function portsMerge(items: readonly unknown[]): ListMerge {
  const [first] = items;
  if (typeof first !== "object" || first === null) return ATOMIC;
  if ("containerPort" in first) return CONTAINER_PORTS;
  return "port" in first ? SERVICE_PORTS : ATOMIC;
}

/** The values of an item's keys as one string; undefined if one is missing, so that the item matches no other. */
export function itemKey(item: unknown, keys: readonly string[]): string | undefined {
  const values = itemKeyValues(item, keys);
  return values && JSON.stringify(values);
}

/** An item's keys and values, with defaults. */
export function itemKeyValues(item: unknown, keys: readonly string[]): Record<string, unknown> | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const values: Record<string, unknown> = {};
  for (const key of keys) {
    const value = (item as Record<string, unknown>)[key] ?? KEY_DEFAULTS[key];
    if (value === undefined) return undefined;
    values[key] = value;
  }
  return values;
}
