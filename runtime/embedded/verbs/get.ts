import type { VerbHandler } from "../backend.ts";

/** Reads one object; its status or scale where the path says so. */
export const getObject: VerbHandler = ({ info, resource }, { store }) => {
  return { status: 200, body: store.mustGet(resource, info.namespace || undefined, info.name) };
};
