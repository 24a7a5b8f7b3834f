// https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
import { isJsonObject, type JsonObject } from "../objects/api-object.ts";
import { ApiStatusError } from "../objects/api-status.ts";

/** The whole object, or only its metadata, for one object or a list. */
export type Representation = "whole" | "PartialObjectMetadata" | "PartialObjectMetadataList";

const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);
const META_VERSION = "meta.k8s.io/v1";

function isMetadata(kind: string): kind is Exclude<Representation, "whole"> {
  return kind === "PartialObjectMetadata" || kind === "PartialObjectMetadataList";
}

function notAcceptable(message: string, details?: object): ApiStatusError {
  return new ApiStatusError(406, "NotAcceptable", message, details);
}

/** The first supported alternative in an Accept header. Tables are not supported; kubectl then makes its own. @throws {ApiStatusError} 406 */
export function readAccept(header: string | undefined): Representation {
  if (header === undefined || header.trim() === "") return "whole";
  for (const alternative of header.split(",")) {
    const [type = "", ...parameters] = alternative.split(";").map((part) => part.trim());
    if (!JSON_TYPES.has(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice("as=".length);
    if (as === undefined) return "whole";
    if (isMetadata(as) && parameters.includes("v=v1")) return as;
  }
  throw notAcceptable("406: Not Acceptable\n\nAvailable representations: application/json", {});
}

/** The body in the requested representation; a Status stays unchanged. @throws {ApiStatusError} 406 for an object instead of a list, or the reverse */
export function represent(body: object, representation: Representation): object {
  if (representation === "whole" || !isJsonObject(body) || body.kind === "Status") return body;
  const items = body.items;
  const type = `*${String(body.apiVersion).includes("/") ? String(body.apiVersion).split(/[./]/)[0] : "core"}.${String(body.kind)}`;
  if (!Array.isArray(items)) {
    if (representation === "PartialObjectMetadata") return metadataOnly(body);
    throw notAcceptable(`you requested ${representation}, but the requested object is not a list (${type})`);
  }
  if (representation === "PartialObjectMetadata") {
    throw notAcceptable(`you requested ${representation}, but the requested object is a list (${type})`);
  }
  return {
    kind: representation,
    apiVersion: META_VERSION,
    metadata: body.metadata,
    items: items.filter(isJsonObject).map(metadataOnly),
  };
}

function metadataOnly(object: JsonObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: META_VERSION, metadata: object.metadata };
}
