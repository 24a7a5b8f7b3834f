import type { ApiObject } from "../api-object.ts";
import { unsupportedMediaType } from "../api-status.ts";
import { type ApiRequest, namespaceOf, type VerbHandler } from "../backend.ts";
import { type DeletionOptions, deleteObject } from "../deletion.ts";
import { readDeletionOptions } from "../deletion-options.ts";
import { answersDeletedObject } from "../kind-rules.ts";
import { mediaTypeOf, parseBody, readDryRun } from "../request-body.ts";
import { listOf, selectObjects } from "./list.ts";

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

/** Deletes every object that the selectors match. */
export const deleteMany: VerbHandler = async (request, backend) => {
  const options = await readOptions(request);
  const selected = selectObjects(request, backend);
  for (const { metadata } of selected) {
    deleteObject(backend, request.resource, metadata.namespace, metadata.name, options);
  }
  const body = listOf(request.resource, selected, { resourceVersion: String(backend.store.revision) });
  return { status: 200, body, dryRun: options.dryRun };
};
