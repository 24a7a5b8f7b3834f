import type { BuiltinApiVersion, ClusterScopedKind } from "../generated/builtin.ts";
import type { ObjectMeta, OwnerReference } from "../generated/meta-v1.ts";

export type { ObjectMeta, OwnerReference };

/** What a person sends: any object of the API. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** The fields that the server always sets on what it returns. */
export type ReturnedMeta = ObjectMeta &
  Required<Pick<ObjectMeta, "name" | "uid" | "resourceVersion" | "creationTimestamp">>;

/**
 * What the server writes of a built-in object even where it is empty: structs, not pointers, in Go's types (their schemas say `default: {}`). A custom
 * resource's status is there once its controller wrote one, so that its type decides.
 */
type ReturnedParts<T extends KubeObject> = [T["apiVersion"]] extends [BuiltinApiVersion | undefined]
  ? Required<Pick<T, Extract<keyof T, "spec" | "status" | "template">>> & ReturnedNamespace<NonNullable<T["kind"]>>
  : unknown;

/** An object of a built-in kind says in which namespace it is, unless its kind belongs to none. */
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
 * Key of `access` → the type of its objects, for resources that errand does not know by itself. Files that `errand types` writes add to it:
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
