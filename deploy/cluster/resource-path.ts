import { type BuiltinResource, findBuiltinKind } from "../../runtime/kube/catalog/builtin.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";

/** One object, as errors and the API's paths need it. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A kind in one namespace. */
export type KindReference = Omit<ObjectReference, "name">;

/** The reference of an object that has a name. */
export function referenceOf(object: KubeObject): ObjectReference {
  const { apiVersion = "v1", kind = "", metadata = {} } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? "" };
}

/** `Role shop/pod-cleanup`: an object for messages. */
export function describeReference({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The resource behind a kind that errand itself deals with. */
export function resourceOf({ apiVersion, kind }: KindReference): BuiltinResource {
  const resource = findBuiltinKind(apiVersion, kind);
  if (resource === undefined) throw new RangeError(`${apiVersion} ${kind} is no built-in kind`);
  return resource;
}

/** Path of a kind's collection. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export function collectionPath(reference: KindReference): string {
  const { group, version, resource } = resourceOf(reference);
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const { namespace } = reference;
  return `${root}${namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

/** Path of one object. Colons stay as they are: names of ClusterRoles have them. */
export function objectPath(reference: ObjectReference): string {
  return `${collectionPath(reference)}/${encodeURIComponent(reference.name).replaceAll("%3A", ":")}`;
}
