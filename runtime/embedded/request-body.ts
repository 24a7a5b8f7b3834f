import { isJsonObject, type JsonObject } from "./api-object.ts";
import { badRequest, invalid, unsupportedMediaType } from "./api-status.ts";
import type { ApiRequest } from "./backend.ts";
import { apiVersionOf } from "./resource-table.ts";

const OBJECT_TYPES = ["application/json", "application/yaml"];

/** The media type of a request without its parameters; JSON where it says nothing. */
export function mediaTypeOf(request: ApiRequest): string {
  return (request.header("content-type") ?? "application/json").split(";")[0]?.trim() ?? "";
}

/** Reads JSON, or YAML, of which JSON is a part. @throws {ApiStatusError} 400 */
export async function parseBody(text: string, mediaType: string): Promise<unknown> {
  try {
    if (!mediaType.endsWith("yaml")) return JSON.parse(text);
    // Loaded when somebody sends YAML: few do, and kubectl applies JSON under that name.
    return text.trimStart().startsWith("{") ? JSON.parse(text) : (await import("yaml")).parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

/**
 * Reads the object that a create, an update or an apply sends, and checks that it is of the resource in the path.
 * @throws {ApiStatusError} 400 or 415
 */
export async function readObject(request: ApiRequest, accepted: readonly string[] = OBJECT_TYPES): Promise<JsonObject> {
  const mediaType = mediaTypeOf(request);
  if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted);
  const object = await parseBody(await request.readBody(), mediaType);
  if (!isJsonObject(object)) throw badRequest("the body of the request is not an object");
  const { resource, info } = request;
  const apiVersion = apiVersionOf(resource);
  const kind = info.subresource === "" || info.subresource === "status" ? resource.kind : String(object.kind);
  const sent = { apiVersion: object.apiVersion ?? apiVersion, kind: object.kind ?? kind };
  if (sent.apiVersion !== apiVersion && info.subresource === "") {
    throw badRequest(
      `the API version in the data (${sent.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (sent.kind !== kind) {
    const group = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    throw badRequest(`${resource.kind} in version "${group}" cannot be handled as a ${sent.kind}`);
  }
  return { ...object, ...sent };
}

/** True for `dryRun=All`. @param kind the options that a wrong value is reported on, such as `CreateOptions` @throws {ApiStatusError} 422 */
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

/** Who changes fields: `fieldManager`, or else the first word of the User-Agent, as the API server has it. */
export function fieldManagerOf(request: ApiRequest): string {
  const named = request.query.get("fieldManager");
  if (named) return named;
  const agent = request.header("user-agent") ?? "unknown";
  return agent.split("/")[0] || "unknown";
}
