// What a client asks to see of an object. https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
import { isJsonObject, type JsonObject } from "./api-object.ts";
import { ApiStatusError } from "./api-status.ts";

/** A whole object, or its metadata only. */
export type Representation = "whole" | "metadata";

const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);
const METADATA_KINDS = new Set(["PartialObjectMetadata", "PartialObjectMetadataList"]);
const META_VERSION = "meta.k8s.io/v1";

/**
 * Reads an Accept header: the first alternative that the embedded API can write counts. Tables are not among them; kubectl then makes its own.
 * @throws {ApiStatusError} 406
 */
export function readAccept(header: string | undefined): Representation {
  if (header === undefined || header.trim() === "") return "whole";
  for (const alternative of header.split(",")) {
    const [type = "", ...parameters] = alternative.split(";").map((part) => part.trim());
    if (!JSON_TYPES.has(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="))?.slice("as=".length);
    if (as === undefined) return "whole";
    if (METADATA_KINDS.has(as) && parameters.includes("v=v1")) return "metadata";
  }
  throw new ApiStatusError(406, "NotAcceptable", "only the following media types are accepted: application/json");
}

/** An answer's body as it was asked for; a Status stays as it is. */
export function represent(body: object, representation: Representation): object {
  if (representation === "whole" || !isJsonObject(body) || body.kind === "Status") return body;
  const items = body.items;
  if (!Array.isArray(items)) return metadataOnly(body);
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: META_VERSION,
    metadata: body.metadata,
    items: items.filter(isJsonObject).map(metadataOnly),
  };
}

function metadataOnly(object: JsonObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: META_VERSION, metadata: object.metadata };
}
