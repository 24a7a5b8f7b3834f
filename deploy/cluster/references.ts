// Which object is meant: by kind, namespace and name, as messages, plans and records of deploys name it.
import { type BuiltinResource, findBuiltinKind } from "../../runtime/kube/catalog/builtin.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { ifFound } from "./connect.ts";

/** One object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A kind in one namespace; without a namespace in all of them. */
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

/** The resource of a kind that errand itself deals with. */
export function builtinOf({ apiVersion, kind }: Pick<KindReference, "apiVersion" | "kind">): BuiltinResource {
  const resource = findBuiltinKind(apiVersion, kind);
  if (resource === undefined) throw new RangeError(`${apiVersion} ${kind} is not a built-in kind`);
  return resource;
}

/** The calls for a kind in its namespace. */
export function resourceAt(client: KubeClient, { apiVersion, kind, namespace }: KindReference) {
  return client.resource<KubeObject>({ apiVersion, kind }, namespace === undefined ? "all" : { namespace });
}

/** What is there of an object's kind, namespace and name; undefined where nothing is. */
export async function findObject(client: KubeClient, object: KubeObject): Promise<Returned<KubeObject> | undefined> {
  return await ifFound(client.resource(object).get(object.metadata?.name ?? ""));
}
