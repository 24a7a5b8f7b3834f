import type { KubeObject } from "../surface/objects.ts";

/** An object's type and metadata: a server that does not know metadata alone answers whole objects, and what was not asked for is left out here. */
export function metadataOf<T extends KubeObject>(object: T): T {
  const { apiVersion, kind, metadata } = object;
  return kind === "PartialObjectMetadata" ? object : ({ apiVersion, kind, metadata } as T);
}
