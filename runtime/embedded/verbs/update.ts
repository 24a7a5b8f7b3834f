import { textAt } from "../objects/api-object.ts";
import { badRequest } from "../objects/api-status.ts";
import { namespaceOf, type VerbHandler } from "./backend.ts";
import { updateObject } from "./updating.ts";
import { managerOf, readObject, readWriteQuery } from "./write-request.ts";

/** Replaces an object, or its status, by the one that is sent. */
export const updateFromBody: VerbHandler = async (request, backend) => {
  const { resource, info, query } = request;
  const dryRun = readWriteQuery(query, "UpdateOptions");
  const sent = await readObject(request);
  const name = textAt(sent, "metadata", "name") ?? "";
  if (name === "") {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  const namespace = textAt(sent, "metadata", "namespace");
  if (namespace && namespace !== info.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const live = backend.store.mustGet(resource, namespaceOf(request), info.name);
  const manager = managerOf(request, "Update");
  const body = updateObject(backend, resource, live, sent, { dryRun, manager, user: request.user }, info.subresource);
  return { status: 200, body, dryRun };
};
