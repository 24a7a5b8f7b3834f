import { namespaceOf, type VerbHandler } from "./backend.ts";
import { versionTooLarge } from "./list-options.ts";

/** Reads one object; its status or scale where the path says so. */
export const getObject: VerbHandler = (request, { store }) => {
  const version = request.query.get("resourceVersion") ?? "";
  if (Number(version) > store.revision) throw versionTooLarge(version, store.revision);
  return { status: 200, body: store.mustGet(request.resource, namespaceOf(request), request.info.name) };
};
