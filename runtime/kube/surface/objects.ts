import type { BuiltinApiVersion, ClusterScopedKind } from "../generated/builtin.ts";
import type { ObjectMeta, OwnerReference } from "../generated/meta-v1.ts";

export type { ObjectMeta, OwnerReference };

/** Any object of the API, as sent by a client. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** The metadata that the server always sets on returned objects. */
export type ReturnedMeta = ObjectMeta &
  Required<Pick<ObjectMeta, "name" | "uid" | "resourceVersion" | "creationTimestamp">>;

/**
 * The parts of a built-in object that the server always writes, even if empty: structs, not pointers, in Go's types (their schemas say `default: {}`).
 * A custom resource has a status only once its controller has written one, so its own type decides.
 */
type ReturnedParts<T extends KubeObject> = [T["apiVersion"]] extends [BuiltinApiVersion | undefined]
  ? Required<Pick<T, Extract<keyof T, "spec" | "status" | "template">>> & ReturnedNamespace<NonNullable<T["kind"]>>
  : unknown;

/** Built-in objects always have a namespace, unless their kind is cluster-scoped. */
type ReturnedNamespace<Kind extends string> = string extends Kind
  ? unknown
  : [Extract<Kind, ClusterScopedKind>] extends [never]
    ? { metadata: { namespace: string } }
    : unknown;

/** An object as the server returns it. */
export type Returned<T extends KubeObject> = T & {
  apiVersion: string;
  kind: string;
  metadata: ReturnedMeta;
} & ReturnedParts<T>;

/**
 * Key of `access` → the type of its objects, for resources that are not built in. Files from `errand types` add to it:
 *
 * @example
 * declare module "errand" {
 *   interface CustomObjects {
 *     "certificates.cert-manager.io": Certificate;
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declarations elsewhere
export interface CustomObjects {}
