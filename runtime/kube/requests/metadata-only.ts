const META = "g=meta.k8s.io;v=v1,application/json";

/** Asks for nothing but an object's metadata; for the whole of it from a server that does not know how. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export const METADATA_ONLY = `application/json;as=PartialObjectMetadata;${META}`;

/** The same of a list. */
export const METADATA_ONLY_LIST = `application/json;as=PartialObjectMetadataList;${META}`;
