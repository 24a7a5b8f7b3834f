import type { ApiObject } from "../objects/api-object.ts";
import { unsupportedMediaType } from "../objects/api-status.ts";
import { answersDeletedObject } from "../objects/kind-rules.ts";
import { type ApiRequest, namespaceOf, type VerbHandler } from "./backend.ts";
import { type DeletionOptions, deleteObject } from "./deletion.ts";
import { readDeletionOptions } from "./deletion-options.ts";
import { listOf, selectPage } from "./list.ts";
import { mediaTypeOf, parseBody, readDryRun } from "./write-request.ts";

async function readOptions(request: ApiRequest): Promise<DeletionOptions> {
  const text = await request.readBody();
  const mediaType = mediaTypeOf(request);
  if (text !== "" && mediaType !== "application/json" && mediaType !== "application/yaml") {
    throw unsupportedMediaType(["application/json", "application/yaml"]);
  }
  const body = text === "" ? undefined : await parseBody(text, mediaType);
  const options = readDeletionOptions(body, request.query);
  return { ...options, dryRun: readDryRun(options.dryRun, "DeleteOptions") };
}

/** Deletes one object: answers the object where it is still there or its kind does so, a Status otherwise. */
export const deleteOne: VerbHandler = async (request, backend) => {
  const { info, resource } = request;
  const options = await readOptions(request);
  const { object, gone } = deleteObject(backend, resource, namespaceOf(request), info.name, options);
  const { dryRun } = options;
  if (!gone || answersDeletedObject(resource)) return { status: 200, body: object, dryRun };
  return { status: 200, body: successOf(request, object), dryRun };
};

function successOf({ resource }: ApiRequest, { metadata }: ApiObject): object {
  const group = resource.group === "" ? {} : { group: resource.group };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: metadata.name, ...group, kind: resource.resource, uid: metadata.uid },
  };
}

/** Deletes a page of the objects that the selectors match, as it was at the moment that is asked for: what has gone since is passed over, and is in the answer all the same. */
export const deleteMany: VerbHandler = async (request, backend) => {
  const { resource } = request;
  const options = await readOptions(request);
  const { items, metadata } = selectPage(request, backend);
  for (const { namespace, name } of items.map((item) => item.metadata)) {
    if (backend.store.get(resource, namespace, name)) deleteObject(backend, resource, namespace, name, options);
  }
  return { status: 200, body: listOf(resource, items, metadata), dryRun: options.dryRun };
};
