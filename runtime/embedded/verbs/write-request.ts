// The body, the query and the field manager of a write.

import { apiVersionOf } from "../../kube/requests/resource.ts";
import { readYaml } from "../../kube/values/yaml.ts";
import type { UserInfo } from "../auth/authentication.ts";
import { isJsonObject, type JsonObject, withPlainNumbers } from "../objects/api-object.ts";
import { badRequest, invalid, unsupportedMediaType } from "../objects/api-status.ts";
import type { ManagerIdentity } from "../patch/managed-fields.ts";
import type { ApiRequest } from "./backend.ts";

const OBJECT_TYPES = ["application/json", "application/yaml"];

export interface WriteOptions {
  readonly dryRun: boolean;
  /** For escalation checks: no user can grant rights that they do not have. */
  readonly user: UserInfo;
  /** Owner of the changed fields; absent if managedFields are final. */
  readonly manager?: ManagerIdentity;
}

/** The media type without parameters. Default: JSON. */
export function mediaTypeOf(request: ApiRequest): string {
  return (request.header("content-type") ?? "application/json").split(";")[0]?.trim() ?? "";
}

/** Reads JSON or YAML. @throws {ApiStatusError} 400 */
export async function parseBody(text: string, mediaType: string): Promise<unknown> {
  try {
    if (!mediaType.endsWith("yaml")) return JSON.parse(text);
    // Load the YAML parser only for YAML: kubectl sends JSON with that media type.
    if (text.trimStart().startsWith("{")) return JSON.parse(text);
    const [document] = await readYaml(text, { hasBooleanWords: true });
    return withPlainNumbers(document?.value);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/**
 * Reads the object of a create or update, and checks that its kind matches the path.
 * @throws {ApiStatusError} 400 or 415
 */
export async function readObject(request: ApiRequest): Promise<JsonObject> {
  const { resource, info } = request;
  const mediaType = mediaTypeOf(request);
  if (!OBJECT_TYPES.includes(mediaType)) throw unsupportedMediaType(OBJECT_TYPES);
  const object = await parseObject(await request.readBody(), mediaType, resource.kind);
  // Subresources take other kinds, such as Scale. An omitted version and kind default to the resource's.
  if (info.subresource !== "" && info.subresource !== "status") return object;
  const apiVersion = apiVersionOf(resource);
  const { apiVersion: sentVersion = apiVersion, kind: sentKind = resource.kind, ...rest } = object;
  if (sentVersion !== apiVersion || sentKind !== resource.kind) {
    const why = `no kind "${sentKind}" is registered for version "${sentVersion}" in scheme "pkg/runtime/scheme.go:111"`;
    throw badRequest(`${sentKind} in version "${sentVersion}" cannot be handled as a ${resource.kind}: ${why}`);
  }
  return { kind: resource.kind, apiVersion, ...rest };
}

async function parseObject(text: string, mediaType: string, kind: string): Promise<JsonObject> {
  let why = "";
  try {
    const object = await parseBody(text, mediaType);
    if (isJsonObject(object)) return object;
    why = "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct";
  } catch (error) {
    why = (error as Error).message;
  }
  throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
}

/** Reads the configuration of an apply, which must have apiVersion and kind. @throws {ApiStatusError} 400 */
export async function readApplied({ resource, readBody }: ApiRequest): Promise<JsonObject> {
  const object = await parseBody(await readBody(), "application/yaml");
  if (!isJsonObject(object)) throw badRequest("error encoding patch: the configuration is not an object");
  const { apiVersion, kind, ...rest } = object;
  const [group, version] = String(apiVersion ?? "").includes("/")
    ? String(apiVersion).split("/")
    : ["", apiVersion ?? ""];
  if (group !== resource.group || version !== resource.version || kind !== resource.kind) {
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(kind ?? "")}`);
  }
  return { kind, apiVersion, ...rest };
}

/** True for `dryRun=All`. @param kind for errors, such as `CreateOptions` @throws {ApiStatusError} 422 */
export function readDryRun(values: readonly unknown[], kind: string): boolean {
  for (const value of values) {
    if (value === "All") continue;
    throw invalid({ group: "meta.k8s.io", kind }, "", [
      {
        reason: "FieldValueNotSupported",
        message: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`,
        field: "dryRun",
      },
    ]);
  }
  return values.length > 0;
}

const FIELD_VALIDATIONS = new Set(["", "Ignore", "Strict", "Warn"]);

/**
 * Validates the query parameters common to all writes.
 *
 * @param kind for errors, such as `CreateOptions`
 * @returns true for a dry run
 * @throws {ApiStatusError} 422
 */
export function readWriteQuery(query: URLSearchParams, kind: string): boolean {
  const fieldValidation = query.get("fieldValidation") ?? "";
  if (!FIELD_VALIDATIONS.has(fieldValidation)) {
    const supported = '"", "Ignore", "Strict", "Warn"';
    const message = `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: ${supported}`;
    throw invalid({ group: "meta.k8s.io", kind }, "", [
      { reason: "FieldValueNotSupported", message, field: "fieldValidation" },
    ]);
  }
  return readDryRun(query.getAll("dryRun"), kind);
}

/** The field manager of a request. */
export function managerOf(request: ApiRequest, operation: ManagerIdentity["operation"]): ManagerIdentity {
  const { resource, info } = request;
  return {
    name: fieldManagerOf(request),
    operation,
    apiVersion: apiVersionOf(resource),
    subresource: info.subresource,
  };
}

/** `fieldManager`, or the first word of the User-Agent, like the API server. */
function fieldManagerOf(request: ApiRequest): string {
  const named = request.query.get("fieldManager");
  if (named) return named;
  const agent = request.header("user-agent") ?? "unknown";
  return agent.split("/")[0] || "unknown";
}
