import type { VerbHandler } from "./backend.ts";
import { createObject } from "./creating.ts";
import { managerOf, readObject, readWriteQuery } from "./write-request.ts";

/** Creates an object, or only says what it would be in a dry run. */
export const createFromBody: VerbHandler = async (request, backend) => {
  const { resource, info, query, user } = request;
  const dryRun = readWriteQuery(query, "CreateOptions");
  const sent = await readObject(request);
  const manager = managerOf(request, "Update");
  return {
    status: 201,
    body: createObject(backend, resource, info.namespace, sent, { dryRun, manager, user }),
    dryRun,
  };
};
