import { isRecord } from "../../job/problem.ts";
import { isMutation } from "../pipeline/dry-run.ts";
import type { KubeRequest, ResourceAttributes } from "../requests/request.ts";

/** One change of a plan: what is done to which object, and what that object was then. */
export interface PlannedChange {
  readonly verb: string;
  /** As RBAC writes it: `pods`, `deployments.apps`, `pods/eviction`. */
  readonly resource: string;
  /** Absent where the answer did not say. */
  readonly kind?: string;
  readonly namespace?: string;
  /** With a `*` at its end: the server makes the rest of the name. */
  readonly name: string;
  /** Absent for an object that is made. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** A digest of what is done: the body, the kind of patch and the options. */
  readonly content: string;
}

/** What a request is called in a plan, before anything is known of its object. */
export type ChangeKey = Pick<PlannedChange, "verb" | "resource" | "namespace" | "name">;

/** Events are called by the moment in which something happened. */
export const NAMED_BY_TIME: readonly string[] = ["events", "events.events.k8s.io"];

/** True for a request that may change something, in whatever way: also through a process in a pod, or what stands behind a proxy. */
export function mayChange(request: KubeRequest): boolean {
  const { attributes, method, upgrade } = request;
  if (attributes === undefined) return method !== "GET";
  return isMutation(request) || upgrade !== undefined || attributes.subresource === "proxy";
}

/** What a request would do, in the words of a plan. */
export function changeKeyOf(request: KubeRequest, attributes: ResourceAttributes): ChangeKey {
  const { verb, namespace } = attributes;
  const resource = resourceIn(attributes);
  const name = NAMED_BY_TIME.includes(resource) ? "*" : (attributes.name ?? nameInBody(request));
  return { verb, resource, ...(namespace === undefined ? {} : { namespace }), name };
}

/** As RBAC writes it: `pods`, `deployments.apps`, `pods/eviction`. */
export function resourceIn({ group, resource, subresource }: ResourceAttributes): string {
  const main = group === "" ? resource : `${resource}.${group}`;
  return subresource === undefined ? main : `${main}/${subresource}`;
}

function nameInBody({ body }: KubeRequest): string {
  const metadata = metadataOf(body);
  if (typeof metadata.name === "string") return metadata.name;
  return typeof metadata.generateName === "string" ? `${metadata.generateName}*` : "*";
}

/** The preconditions that a request has of its own: the job gave an object, not a name. */
export function preconditionsIn({ body }: KubeRequest): Pick<PlannedChange, "uid" | "resourceVersion"> {
  if (!isRecord(body)) return {};
  const options = isRecord(body.deleteOptions) ? body.deleteOptions : body;
  return versionIn(isRecord(options.preconditions) ? options.preconditions : metadataOf(body));
}

/** The uid and the resourceVersion among some fields. */
export function versionIn({ uid, resourceVersion }: Readonly<Record<string, unknown>>) {
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

/** An object's metadata; nothing where there is none. */
export function metadataOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) && isRecord(value.metadata) ? value.metadata : {};
}

/** `delete pods "a" in namespace "b"`: a change for messages. */
export function changeText({ verb, resource, namespace, name }: ChangeKey): string {
  return `${verb} ${resource} "${name}"${namespace === undefined ? "" : ` in namespace "${namespace}"`}`;
}
