import { namespaceOf, type VerbHandler } from "../backend.ts";

/** Reads one object; its status or scale where the path says so. */
export const getObject: VerbHandler = (request, { store }) => {
  return { status: 200, body: store.mustGet(request.resource, namespaceOf(request), request.info.name) };
};
