import type { VerbHandler } from "../backend.ts";
import { createObject } from "../creating.ts";
import { fieldManagerOf, readDryRun, readObject } from "../request-body.ts";
import { apiVersionOf } from "../resource-table.ts";

/** Creates an object, or only says what it would be in a dry run. */
export const createFromBody: VerbHandler = async (request, backend) => {
  const { resource, info, query } = request;
  const dryRun = readDryRun(query.getAll("dryRun"), "CreateOptions");
  const sent = await readObject(request);
  const manager = {
    name: fieldManagerOf(request),
    operation: "Update",
    apiVersion: apiVersionOf(resource),
    subresource: "",
  } as const;
  return {
    status: 201,
    body: createObject(backend, resource, info.namespace, sent, { dryRun, manager, user: request.user }),
    dryRun,
  };
};
