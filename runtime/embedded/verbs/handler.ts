import type { Verb } from "../../job/access.ts";
import { methodNotAllowed, noSuchMethod, noSuchResource, notServedHere } from "../objects/api-status.ts";
import type { ApiRequest, VerbHandler } from "./backend.ts";
import { createFromBody } from "./create.ts";
import { deleteMany, deleteOne } from "./delete.ts";
import { patchFromBody } from "./patch.ts";
import { getObject, listObjects } from "./read.ts";
import { reviewHandler } from "./reviews.ts";
import { createToken, evict, patchScale, readLog, readScale, updateScale } from "./subresources.ts";
import { updateFromBody } from "./update.ts";
import { watchObjects } from "./watch.ts";

const HANDLERS: Readonly<Record<Verb, VerbHandler>> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createFromBody,
  update: updateFromBody,
  patch: patchFromBody,
  delete: deleteOne,
  deletecollection: deleteMany,
};

/** By `resource/subresource`, or `*` for any resource, then by verb. */
const SUBRESOURCE_HANDLERS: Readonly<Record<string, Readonly<Record<string, VerbHandler>>>> = {
  "*/status": { get: getObject, update: updateFromBody, patch: patchFromBody },
  "*/scale": { get: readScale, update: updateScale, patch: patchScale },
  "pods/log": { get: readLog },
  "pods/eviction": { create: evict },
  "serviceaccounts/token": { create: createToken },
};

/** Verbs without a name in the path, in addition to create. */
const MANY: ReadonlySet<Verb> = new Set(["list", "watch", "deletecollection"]);

/** @throws {ApiStatusError} 404 or 405 if the resource has no such subresource or verb */
export function handlerFor(request: ApiRequest): VerbHandler {
  const { info, resource } = request;
  if (info.subresource !== "") return subresourceHandler(request);
  const named = info.name !== "" || MANY.has(info.verb);
  if (!resource.verbs.includes(info.verb) || named === (info.verb === "create")) throw noSuchMethod();
  return reviewHandler(request) ?? HANDLERS[info.verb];
}

function subresourceHandler({ info, resource }: ApiRequest): VerbHandler {
  if (!Object.hasOwn(resource.subresources, info.subresource)) throw noSuchResource();
  const handlers =
    SUBRESOURCE_HANDLERS[`${resource.resource}/${info.subresource}`] ?? SUBRESOURCE_HANDLERS[`*/${info.subresource}`];
  const handler = handlers?.[info.verb];
  if (handler) return handler;
  const subresource = { ...resource, resource: `${resource.resource}/${info.subresource}` };
  // The real API server serves it, so the message must not suggest a mistake in the job.
  if (resource.subresources[info.subresource]?.includes(info.verb)) throw notServedHere(subresource);
  throw methodNotAllowed(subresource, info.verb);
}
