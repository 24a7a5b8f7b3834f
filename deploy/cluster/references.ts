// Names objects by kind, namespace and name, for messages, plans and records of deploys.
import { type BuiltinResource, findBuiltinKind } from "../../runtime/kube/catalog/builtin.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { ifFound } from "./connect.ts";

/** Names one object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-wide objects. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A kind in one namespace, or in all of them if absent. */
export type KindReference = Omit<ObjectReference, "name">;

/** The reference of an object that has a name. */
export function referenceOf(object: KubeObject): ObjectReference {
  const { apiVersion = "v1", kind = "", metadata = {} } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? "" };
}

/** `Role shop/pod-cleanup`, for messages. */
export function describeReference({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The resource of a built-in kind. @throws {RangeError} for any other kind */
export function builtinOf({ apiVersion, kind }: Pick<KindReference, "apiVersion" | "kind">): BuiltinResource {
  const resource = findBuiltinKind(apiVersion, kind);
  if (resource === undefined) throw new RangeError(`${apiVersion} ${kind} is not a built-in kind`);
  return resource;
}

/** The client's methods for a kind in its namespace. */
export function resourceAt(client: KubeClient, { apiVersion, kind, namespace }: KindReference) {
  return client.resource<KubeObject>({ apiVersion, kind }, namespace === undefined ? "all" : { namespace });
}

/** Reads the existing object of that kind, namespace and name; undefined if there is none. */
export async function findObject(client: KubeClient, object: KubeObject): Promise<Returned<KubeObject> | undefined> {
  return await ifFound(client.resource(object).get(object.metadata?.name ?? ""));
}
