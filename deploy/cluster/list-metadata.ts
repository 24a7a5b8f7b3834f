import { readJson, type Send } from "../../runtime/kube/requests/request.ts";
import type { ReturnedMeta } from "../../runtime/kube/surface/objects.ts";
import { collectionPath, type KindReference, resourceOf } from "./resource-path.ts";

/** Only what the server says of objects, not what they hold. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Lists objects by label without their contents, which may be a megabyte each. */
export async function listMetadata(send: Send, kind: KindReference, labelSelector: string): Promise<ReturnedMeta[]> {
  const { group, version, resource } = resourceOf(kind);
  const { namespace } = kind;
  const { items } = await readJson<{ items: readonly { metadata: ReturnedMeta }[] | null }>(
    await send({
      method: "GET",
      path: collectionPath(kind),
      query: [["labelSelector", labelSelector]],
      headers: { accept: METADATA_ONLY },
      attributes: { verb: "list", group, version, resource, ...(namespace === undefined ? {} : { namespace }) },
    }),
  );
  // Go writes an empty list as null here, unlike in a list of whole objects.
  return (items ?? []).map(({ metadata }) => metadata);
}
