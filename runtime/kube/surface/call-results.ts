/// <reference lib="esnext.disposable" preserve="true" />
import type { KubeObject, Returned } from "./objects.ts";

/** Pages of a list, one object at a time; the next page is fetched while this one is consumed. */
export interface ObjectList<T> extends AsyncIterable<T> {
  /** All of it at once, in memory. @throws as the iteration */
  toArray(): Promise<T[]>;
}

/** An object of which only its type and metadata were asked for. */
export type MetadataOnly = Returned<Pick<KubeObject, "apiVersion" | "kind" | "metadata">>;

/** A row of what `kubectl get` prints. */
export interface TableRow {
  /** Column name to cell: text, numbers, or null. */
  readonly cells: Readonly<Record<string, unknown>>;
  /** Which object the row is about, by its metadata. */
  readonly object: MetadataOnly;
}

/** An object that is no longer there: of one that went while the watch was cut, only type and metadata are known. */
export type Deleted<T> = MetadataOnly & Partial<Omit<T, keyof KubeObject>>;

/** What a watch tells. SYNCED comes once: everything that was there has been told as ADDED. */
export type WatchEvent<T, Gone = Deleted<T>> =
  | { readonly type: "ADDED" | "MODIFIED"; readonly object: T }
  | { readonly type: "DELETED"; readonly object: Gone }
  | { readonly type: "SYNCED" };

/** A live map of objects, kept up to date by a watch. */
export interface Reflection<T> extends AsyncDisposable {
  /** How many objects there are now. */
  readonly size: number;
  /**
   * The object of this name as it is now, or undefined.
   * @param namespace needed only where all namespaces are reflected
   */
  get(name: string, namespace?: string): T | undefined;
  /** All objects, in no order. */
  values(): IterableIterator<T>;
  /** Ends the watch. */
  close(): Promise<void>;
}

/** What a command in a container left. */
export interface ExecResult extends AttachResult {
  /** The command's own exit code: 0 to 255. */
  readonly exitCode: number;
}

/** What a container's own process said while it was joined. How it ended stands in the pod's status: here the API server tells success of any end. */
export interface AttachResult {
  /** Empty where `onStdout` took it. */
  readonly stdout: string;
  /** Empty where `onStderr` took it. */
  readonly stderr: string;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1/ */
export interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas: number; selector?: string };
}

/** A token of a service account: a secret, to be kept out of logs. */
export interface ServiceAccountToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

/** What the API server says of a right. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export interface AccessReview {
  /** True only where the API server said so. */
  readonly allowed: boolean;
  /** True where an authorizer forbids it, so that no role can grant it. Where both are false, nothing grants it, as far as the server could tell. */
  readonly denied: boolean;
  /** Why, in the server's words: with RBAC, which binding and role allow it, or which role a binding names that is gone. */
  readonly reason?: string;
  /** What failed while it was looked at, such as an authorizer that cannot be reached: what is not allowed may then only be unknown. */
  readonly evaluationError?: string;
}

/** One measured value. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What the metric is, where the text says so: `counter`, `gauge`, `histogram`, `summary`. */
  readonly type?: string;
}
