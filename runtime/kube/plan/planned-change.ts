import { isRecord } from "../../job/problem.ts";
import { resourceText } from "../errors/kube-error.ts";
import { isMutation } from "../pipeline/dry-run.ts";
import type { KubeRequest, ResourceAttributes } from "../requests/request.ts";

/** One change of a plan, with the identity and version of its object. */
export interface PlannedChange {
  readonly verb: string;
  /** As RBAC writes it: `pods`, `deployments.apps`, `pods/eviction`. */
  readonly resource: string;
  /** Absent if the answer did not have it. */
  readonly kind?: string;
  readonly namespace?: string;
  /** A `*` at the end stands for the part that the server generates. */
  readonly name: string;
  /** Absent for a created object. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** A digest of the change: body, patch type and options. */
  readonly content: string;
}

/** Identifies a change before its object is known. */
export type ChangeKey = Pick<PlannedChange, "verb" | "resource" | "namespace" | "name">;

/** The names of events contain a time. */
export const NAMED_BY_TIME: readonly string[] = ["events", "events.events.k8s.io"];

/** True for a request that may change anything, including through a process in a pod or a proxied service. */
export function mayChange(request: KubeRequest): boolean {
  const { attributes, method, upgrade } = request;
  if (attributes === undefined) return method !== "GET";
  return isMutation(request) || upgrade !== undefined || attributes.subresource === "proxy";
}

export function changeKeyOf(request: KubeRequest, attributes: ResourceAttributes): ChangeKey {
  const { verb, namespace } = attributes;
  const resource = resourceText(attributes);
  const name = NAMED_BY_TIME.includes(resource) ? "*" : (attributes.name ?? nameInBody(request));
  return { verb, resource, ...(namespace === undefined ? {} : { namespace }), name };
}

function nameInBody({ body }: KubeRequest): string {
  const metadata = metadataOf(body);
  if (typeof metadata.name === "string") return metadata.name;
  return typeof metadata.generateName === "string" ? `${metadata.generateName}*` : "*";
}

/** The preconditions of a request itself, present if the job passed an object rather than a name. */
export function preconditionsIn({ body }: KubeRequest): Pick<PlannedChange, "uid" | "resourceVersion"> {
  if (!isRecord(body)) return {};
  const options = isRecord(body.deleteOptions) ? body.deleteOptions : body;
  return versionIn(isRecord(options.preconditions) ? options.preconditions : metadataOf(body));
}

export function versionIn({ uid, resourceVersion }: Readonly<Record<string, unknown>>) {
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

/** An object's metadata; empty for anything else. */
export function metadataOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) && isRecord(value.metadata) ? value.metadata : {};
}

/** Describes a change in messages: `delete pods "a" in namespace "b"`. */
export function changeText({ verb, resource, namespace, name }: ChangeKey): string {
  return `${verb} ${resource} "${name}"${namespace === undefined ? "" : ` in namespace "${namespace}"`}`;
}
