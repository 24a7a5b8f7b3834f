import type { Verb } from "../../job/access.ts";
import { noSuchMethod } from "../objects/api-status.ts";
import type { ApiRequest, VerbHandler } from "./backend.ts";
import { createFromBody } from "./create.ts";
import { deleteMany, deleteOne } from "./delete.ts";
import { getObject } from "./get.ts";
import { listObjects } from "./list.ts";
import { patchFromBody } from "./patch.ts";
import { reviewHandler } from "./reviews.ts";
import { subresourceHandler } from "./subresources.ts";
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

/** The verbs whose path names no object; create is the other. */
const MANY: ReadonlySet<Verb> = new Set(["list", "watch", "deletecollection"]);

/** The work that a request asks for. @throws {ApiStatusError} 404 or 405 where its resource has no such verb or part */
export function handlerFor(request: ApiRequest): VerbHandler {
  const { info, resource } = request;
  if (info.subresource !== "") return subresourceHandler(request);
  const named = info.name !== "" || MANY.has(info.verb);
  if (!resource.verbs.includes(info.verb) || named === (info.verb === "create")) throw noSuchMethod();
  return reviewHandler(request) ?? HANDLERS[info.verb];
}
