import type { Verb } from "../../runtime/job/access.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { type KubeRequest, type ResourceAttributes, readJson, type Send } from "../../runtime/kube/requests/request.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { jsonBody } from "../../runtime/kube/values/json.ts";
import {
  collectionPath,
  type KindReference,
  type ObjectReference,
  objectPath,
  referenceOf,
  resourceOf,
} from "./resource-path.ts";

/** The one name under which everything that errand applies is owned. https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers */
export const FIELD_MANAGER = "errand";

type Query = readonly (readonly [name: string, value: string])[];

/** The calls that the command line makes, as the person who runs it. */
export interface ClusterApi {
  /** @returns undefined where there is none */
  get<T extends KubeObject>(reference: ObjectReference): Promise<Returned<T> | undefined>;
  /** All that match the selectors, in one answer. */
  list<T extends KubeObject>(kind: KindReference, selectors: Selectors): Promise<Returned<T>[]>;
  create<T extends KubeObject>(object: T, options?: { readonly dryRun?: boolean }): Promise<Returned<T>>;
  /** Server-side apply, checked strictly for fields that do not exist. */
  apply<T extends KubeObject>(object: T, options: ApplyOptions): Promise<Returned<T>>;
  /** JSON merge patch: what is null goes. https://www.rfc-editor.org/rfc/rfc7386 */
  patch<T extends KubeObject>(reference: ObjectReference, patch: object): Promise<Returned<T>>;
  /** @returns false where there was none, or none that meets the preconditions */
  delete(reference: ObjectReference, options?: DeleteOptions): Promise<boolean>;
  readonly send: Send;
}

interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

interface ApplyOptions {
  readonly dryRun?: boolean;
  /** Takes fields that another manager owns. */
  readonly force?: boolean;
  /** Who owns the fields from then on. Default: errand itself. */
  readonly manager?: string;
}

interface DeleteOptions {
  /** What becomes of what the object owns. Default: `Background`, it goes too. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion */
  readonly propagation?: "Background" | "Orphan";
  /** Deletes only what it was when it was read. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
  readonly preconditions?: { readonly uid: string; readonly resourceVersion: string };
}

/** Makes the calls over a connection. */
export function clusterApi(send: Send): ClusterApi {
  const call = async <T>(request: KubeRequest) => readJson<T>(await send(request));
  return {
    send,
    async get<T extends KubeObject>(reference: ObjectReference) {
      try {
        return await call<Returned<T>>(requestOf("GET", objectPath(reference), attributesOf("get", reference)));
      } catch (error) {
        if (hasReason(error, "NotFound")) return undefined;
        throw error;
      }
    },
    async list<T extends KubeObject>(kind: KindReference, selectors: Selectors) {
      const query: Query = Object.entries(selectors);
      const { items } = await call<{ items: Returned<T>[] }>(
        requestOf("GET", collectionPath(kind), attributesOf("list", kind), { query }),
      );
      return items;
    },
    create<T extends KubeObject>(object: T, { dryRun = false } = {}) {
      const reference = referenceOf(object);
      const query: Query = [["fieldManager", FIELD_MANAGER], ["fieldValidation", "Strict"], ...dryRunQuery(dryRun)];
      const path = collectionPath(reference);
      return call<Returned<T>>(requestOf("POST", path, attributesOf("create", reference), { query, object }));
    },
    apply<T extends KubeObject>(object: T, { dryRun = false, force = false, manager = FIELD_MANAGER }: ApplyOptions) {
      const reference = referenceOf(object);
      const query: Query = [
        ["fieldManager", manager],
        ["fieldValidation", "Strict"],
        ["force", String(force)],
        ...dryRunQuery(dryRun),
      ];
      const type = "application/apply-patch+yaml";
      const path = objectPath(reference);
      return call<Returned<T>>(
        requestOf("PATCH", path, attributesOf("patch", reference), { query, object, type, idempotent: true }),
      );
    },
    patch<T extends KubeObject>(reference: ObjectReference, patch: object) {
      const query: Query = [
        ["fieldManager", FIELD_MANAGER],
        ["fieldValidation", "Strict"],
      ];
      const type = "application/merge-patch+json";
      const path = objectPath(reference);
      return call<Returned<T>>(
        requestOf("PATCH", path, attributesOf("patch", reference), { query, object: patch, type }),
      );
    },
    async delete(reference: ObjectReference, { propagation = "Background", preconditions }: DeleteOptions = {}) {
      const parts: RequestParts =
        preconditions === undefined
          ? { query: [["propagationPolicy", propagation]] }
          : { object: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation, preconditions } };
      try {
        await call(requestOf("DELETE", objectPath(reference), attributesOf("delete", reference), parts));
        return true;
      } catch (error) {
        if (hasReason(error, "NotFound")) return false;
        if (preconditions !== undefined && hasReason(error, "Conflict")) return false;
        throw error;
      }
    },
  };
}

function dryRunQuery(dryRun: boolean): Query {
  return dryRun ? [["dryRun", "All"]] : [];
}

function attributesOf(verb: Verb, reference: KindReference & { readonly name?: string }): ResourceAttributes {
  const { group, version, resource } = resourceOf(reference);
  const { namespace, name } = reference;
  return {
    verb,
    group,
    version,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

interface RequestParts {
  readonly query?: Query;
  readonly object?: object;
  /** Content type of the object. JSON is YAML too. */
  readonly type?: string;
  /** The same state when it is made twice: tried again even where the first try may have been made. */
  readonly idempotent?: boolean;
}

function requestOf(
  method: KubeRequest["method"],
  path: string,
  attributes: ResourceAttributes,
  { query = [], object, type = "application/json", idempotent = false }: RequestParts = {},
): KubeRequest {
  const accept = { accept: "application/json" };
  if (object === undefined) return { method, path, query, headers: accept, attributes };
  return {
    method,
    path,
    query,
    headers: { ...accept, "content-type": type },
    body: jsonBody(object),
    attributes,
    idempotent,
  };
}
