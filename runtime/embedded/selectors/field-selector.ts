import type { ResourceInfo } from "../../job/access.ts";
import { type ApiObject, fieldAt } from "../objects/api-object.ts";
import { badRequest, qualifiedKind } from "../objects/api-status.ts";

/** One condition on a field of an object. https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

const NAME_AND_NAMESPACE = ["metadata.name", "metadata.namespace"];

/** By `kind.group`: the supported fields in addition to name and namespace. */
const FIELDS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    ...NAME_AND_NAMESPACE,
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  Node: ["metadata.name", "spec.unschedulable"],
  ReplicationController: [...NAME_AND_NAMESPACE, "status.replicas"],
  Event: [
    ...NAME_AND_NAMESPACE,
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
      (field) => `involvedObject.${field}`,
    ),
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  Namespace: ["metadata.name", "status.phase"],
  Secret: [...NAME_AND_NAMESPACE, "type"],
  Service: [...NAME_AND_NAMESPACE, "spec.clusterIP", "spec.type"],
  "Job.batch": [...NAME_AND_NAMESPACE, "status.successful"],
};

/** Fields that default to false. */
const BOOLEAN_FIELDS = new Set(["spec.hostNetwork", "spec.unschedulable"]);

/**
 * Parses a field selector, such as `status.phase=Running,spec.nodeName!=node-1`; a backslash escapes `,`, `=` and itself in a value.
 *
 * @throws {ApiStatusError} 400 for an invalid selector or an unsupported field
 */
export function parseFieldSelector(text: string, info: Pick<ResourceInfo, "group" | "kind">): FieldRequirement[] {
  const requirements = splitTerms(text).map((term) => readTerm(term, text));
  for (const { field } of requirements) refuseUnknown(field, info);
  return requirements;
}

function splitTerms(text: string): string[] {
  const terms = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return terms.filter((term) => term !== "");
}

function readTerm(term: string, whole: string): FieldRequirement {
  const match = /^((?:\\.|[^=!\\])*)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = "", operator, value = ""] = match;
  return { field, equal: operator !== "!=", value: value.replace(/\\(.)/gs, "$1") };
}

function refuseUnknown(field: string, { group, kind }: Pick<ResourceInfo, "group" | "kind">): void {
  const known = FIELDS_OF_KIND[qualifiedKind({ group, kind })];
  if (known ? known.includes(field) : NAME_AND_NAMESPACE.includes(field)) return;
  if (known && group === "") throw badRequest(`field label not supported: ${field}`);
  if (known) throw badRequest(`field label ${JSON.stringify(field)} not supported for ${kind}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** True if the object's fields meet all requirements; an absent field is an empty string. */
export function matchesFields(requirements: readonly FieldRequirement[], object: ApiObject): boolean {
  return requirements.every(({ field, equal, value }) => (fieldText(object, field) === value) === equal);
}

function fieldText(object: ApiObject, field: string): string {
  if (field === "status.successful") return String(fieldAt(object, "status", "succeeded") ?? 0);
  const value = fieldAt(object, ...field.split("."));
  if (value === undefined && BOOLEAN_FIELDS.has(field)) return "false";
  return value === undefined || value === null ? "" : String(value);
}
