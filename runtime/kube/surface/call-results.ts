/// <reference lib="esnext.disposable" preserve="true" />
import type { KubeObject, Returned } from "./objects.ts";

/** The objects of a list, one at a time; the next page is fetched while the current one is consumed. */
export interface ObjectList<T> extends AsyncIterable<T> {
  /** Reads all objects into memory. @throws like the iteration */
  toArray(): Promise<T[]>;
}

/** An object reduced to its type and metadata. */
export type MetadataOnly = Returned<Pick<KubeObject, "apiVersion" | "kind" | "metadata">>;

/** The same for objects of which more is known, such as that they are in a namespace. */
export type MetadataOf<T extends KubeObject> = Pick<Returned<T>, "apiVersion" | "kind" | "metadata">;

/** A row as `kubectl get` prints it. */
export interface TableRow {
  /** Column name → cell: text, number, or null. */
  readonly cells: Readonly<Record<string, unknown>>;
  /** The row's object, reduced to its metadata. */
  readonly object: MetadataOnly;
}

/** A deleted object: if it was deleted during a disconnect, only its type and metadata are known. */
export type Deleted<T> = MetadataOnly & Partial<Omit<T, keyof KubeObject>>;

/** An event of a watch. SYNCED comes once, after all existing objects have come as ADDED. */
export type WatchEvent<T, Gone = Deleted<T>> =
  | { readonly type: "ADDED" | "MODIFIED"; readonly object: T }
  | { readonly type: "DELETED"; readonly object: Gone }
  | { readonly type: "SYNCED" };

/** A live map of objects, kept up to date by a watch. */
export interface Reflection<T> extends AsyncDisposable {
  /** The current number of objects. */
  readonly size: number;
  /**
   * The current state of an object, or undefined.
   * @param namespace needed only for a reflection of all namespaces
   */
  get(name: string, namespace?: string): T | undefined;
  /** All objects, in no particular order. */
  values(): IterableIterator<T>;
  /** Ends the watch. */
  close(): Promise<void>;
}

/** The result of a command in a container. */
export interface ExecResult extends AttachResult {
  /** The command's exit code: 0 to 255. */
  readonly exitCode: number;
}

/** The output of an attached process. Its exit code is in the pod's status: the API server reports success for any end here. */
export interface AttachResult {
  /** Empty with `onStdout`. */
  readonly stdout: string;
  /** Empty with `onStderr`. */
  readonly stderr: string;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1/ */
export interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas: number; selector?: string };
}

/** A service account's token: a secret, keep it out of logs. */
export interface ServiceAccountToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

/** The API server's answer about a right. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export interface AccessReview {
  /** True only if the API server said so. */
  readonly allowed: boolean;
  /** True if an authorizer forbids it, so that no role can grant it. If both are false, nothing grants it, as far as the server could tell. */
  readonly denied: boolean;
  /** The server's reason: with RBAC, the binding and role that allow it, or a missing role that a binding names. */
  readonly reason?: string;
  /** An error during the evaluation, such as an unreachable authorizer: a right that is not allowed may then be merely unknown. */
  readonly evaluationError?: string;
}

/** One measured value. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The metric's type, if the text declares it: `counter`, `gauge`, `histogram`, `summary`. */
  readonly type?: string;
}
