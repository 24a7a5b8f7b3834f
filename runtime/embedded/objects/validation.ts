import type { ResourceInfo } from "../../job/access.ts";
import type { StatusCause } from "../../kube/errors/api-error.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { type ApiObject, fieldAt, isJsonObject, type JsonObject, sameJson } from "./api-object.ts";
import { type ApiStatusError, invalid, qualifiedKind } from "./api-status.ts";

/** Invalid in names of RBAC objects, because they would break the path. */
const NOT_IN_PATHS = ["/", "%"];

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME_LENGTH = 253;
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Names in this group may contain anything else. */
const RBAC_GROUP = "rbac.authorization.k8s.io";

/** @throws {ApiStatusError} 422 for a missing or invalid name */
export function validateName(info: ResourceInfo, name: string | undefined): asserts name is string {
  const cause = nameCause(info, name);
  if (cause) throw invalid(info, name ?? "", [cause]);
}

function nameCause({ group }: ResourceInfo, name: string | undefined): StatusCause | undefined {
  const field = "metadata.name";
  if (name === undefined || name === "") {
    return { reason: "FieldValueRequired", message: "Required value: name or generateName is required", field };
  }
  if (group === RBAC_GROUP) return pathCause(name);
  if (name.length > MAX_NAME_LENGTH) {
    const message = `Invalid value: ${JSON.stringify(name)}: must be no more than ${MAX_NAME_LENGTH} bytes`;
    return { reason: "FieldValueInvalid", message, field };
  }
  if (SUBDOMAIN.test(name)) return undefined;
  const message = `Invalid value: ${JSON.stringify(name)}: ${SUBDOMAIN_MESSAGE}`;
  return { reason: "FieldValueInvalid", message, field };
}

function pathCause(name: string): StatusCause | undefined {
  const wrong = NOT_IN_PATHS.find((part) => name.includes(part));
  const why = name === "." || name === ".." ? `may not be '${name}'` : wrong && `may not contain '${wrong}'`;
  if (!why) return undefined;
  return {
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(name)}: ${why}`,
    field: "metadata.name",
  };
}

function immutable(info: ResourceInfo, name: string, field: string, value: string): ApiStatusError {
  const message = `Invalid value: ${JSON.stringify(value)}: field is immutable`;
  return invalid(info, name, [{ reason: "FieldValueInvalid", message, field }]);
}

/** @throws {ApiStatusError} 422 for a deletionTimestamp, which only a deletion sets */
export function refuseDeletionTime(
  info: ResourceInfo,
  { metadata }: ApiObject,
  { deletionTimestamp }: ObjectMeta,
): void {
  if (deletionTimestamp === undefined || deletionTimestamp === metadata.deletionTimestamp) return;
  throw immutable(info, metadata.name, "metadata.deletionTimestamp", deletionTimestamp);
}

/** @throws {ApiStatusError} 422 for a patch with the uid of another object */
export function refuseOtherUid(info: ResourceInfo, { metadata }: ApiObject, { uid }: ObjectMeta): void {
  if (uid !== undefined && uid !== metadata.uid) throw immutable(info, metadata.name, "metadata.uid", uid);
}

/** By `kind.group`: the immutable fields. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  Secret: ["type"],
  "Deployment.apps": ["spec.selector"],
  "ReplicaSet.apps": ["spec.selector"],
  "DaemonSet.apps": ["spec.selector"],
  "Job.batch": ["spec.completionMode", "spec.selector", "spec.template"],
};

function refuseChangeOfFixed(info: ResourceInfo, name: string, before: JsonObject, after: JsonObject): void {
  // The template of a suspended Job stays mutable until it starts.
  const isOpen = (field: string) => field === "spec.template" && fieldAt(before, "spec", "suspend") === true;
  for (const field of FIXED[qualifiedKind(info)] ?? []) {
    const [was, is] = [before, after].map((object) => fieldAt(object, ...field.split(".")));
    if (was === undefined || sameJson(was, is) || isOpen(field)) continue;
    const message = `Invalid value: ${JSON.stringify(is ?? null)}: field is immutable`;
    throw invalid(info, name, [{ reason: "FieldValueInvalid", message, field }]);
  }
}

/** @throws {ApiStatusError} 422 for a change of an immutable ConfigMap or Secret, a binding's role, a Secret's type, a workload's selector or a Job's template */
export function validateUpdate(info: ResourceInfo, before: JsonObject, after: JsonObject): void {
  const name = String(fieldAt(before, "metadata", "name"));
  refuseChangeOfFixed(info, name, before, after);
  if (before.immutable === true) {
    const causes = ["immutable", "data", "binaryData"]
      .filter((field) => !sameJson(before[field], after[field]))
      .map((field) => ({
        reason: "FieldValueForbidden",
        message: "Forbidden: field is immutable when `immutable` is set",
        field,
      }));
    if (causes.length > 0) throw invalid(info, name, causes);
  }
  if (isJsonObject(before.roleRef) && !sameJson(before.roleRef, after.roleRef)) {
    const message = `Invalid value: ${JSON.stringify(after.roleRef)}: cannot change roleRef`;
    throw invalid(info, name, [{ reason: "FieldValueInvalid", message, field: "roleRef" }]);
  }
}
