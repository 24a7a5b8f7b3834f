import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { FIELD_MANAGER } from "../cluster/connect.ts";
import { PAUSE_MANAGER } from "../runs/pause.ts";

/** Fields as the server notes who owns them. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#ManagedFieldsEntry */
type FieldSet = Readonly<Record<string, unknown>>;

/** What of an object decides what a job does and may do; labels and annotations are anybody's. */
const DECIDING: readonly string[] = [
  ...["spec", "rules", "subjects", "roleRef", "data", "binaryData"],
  ...["secrets", "imagePullSecrets", "automountServiceAccountToken", "aggregationRule"],
];

/** Keys that are not part of a name, such as the dot that stands for the object itself. */
const KEY = /^[fkv]:/;

/**
 * Names what others have put into an object and a deploy leaves there, since it only ever writes its own fields: a variable in the pod template, a container, a rule.
 *
 * @param after the object as the server would make it of a deploy, with its `managedFields`
 * @returns one line for each, with the field manager, such as `spec.jobTemplate.spec.template.spec.containers[name=job].env[name=DEBUG] (kubectl-edit)`
 */
export function unmanagedFields({ metadata }: Returned<KubeObject>): string[] {
  const entries = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  const isOwn = ({ manager }: { readonly manager?: string }) => manager === FIELD_MANAGER || manager === PAUSE_MANAGER;
  const own = entries.filter(isOwn).map(({ fieldsV1 }) => fieldsV1 as FieldSet);
  const found = entries
    .filter((entry) => !isOwn(entry))
    .flatMap(({ manager = "somebody", fieldsV1 }) =>
      isRecord(fieldsV1) ? added(fieldsV1, own, "").map((path) => `${path} (${manager})`) : [],
    )
    .filter((path) => DECIDING.some((field) => new RegExp(`^${field}(?:[.\\[ ]|$)`).test(path)));
  return [...new Set(found)].sort();
}

/** The paths of a set that no other set has; of what is new as a whole, such as an item of a list, nothing below it. */
function added(fields: FieldSet, own: readonly (FieldSet | undefined)[], path: string): string[] {
  return Object.entries(fields).flatMap(([key, inner]): string[] => {
    if (!KEY.test(key)) return [];
    const place = `${path}${nameOf(key, path)}`;
    const below = own.flatMap((set) => (isRecord(set) && Object.hasOwn(set, key) ? [set[key] as FieldSet] : []));
    if (below.length === 0 && (!isRecord(inner) || Object.keys(inner).length === 0 || "." in inner)) return [place];
    return isRecord(inner) ? added(inner, below, place) : [];
  });
}

/** `f:spec` is a field, `k:{"name":"job"}` the item of a list that has this key, `v:"x"` a value of a set. */
function nameOf(key: string, path: string): string {
  const text = key.slice(2);
  if (key.startsWith("f:")) return path === "" ? text : `.${text}`;
  if (key.startsWith("v:")) return `[${text}]`;
  try {
    const value: unknown = JSON.parse(text);
    const parts = isRecord(value) ? Object.entries(value).map(([name, each]) => `${name}=${String(each)}`) : [text];
    return `[${parts.join(",")}]`;
  } catch {
    return `[${text}]`;
  }
}
