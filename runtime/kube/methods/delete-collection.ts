import type { DeleteCollectionOptions } from "../call-options.ts";
import { ApiError } from "../errors/api-error.ts";
import { mutationWord } from "../limit-ledger.ts";
import { itemCount, type KubeRequest } from "../request.ts";
import { deleteCollectionRequest } from "../requests/delete-collection.ts";
import type { MethodContext } from "./method-context.ts";

/** How often a deletion that the server broke off is asked for again. */
const MAX_REPEATS = 20;

/**
 * Deletes all objects that match. The server does so one by one and may break off; it is then asked again for those that are left.
 * Where a limit bounds it, a server-side dry run tells first how many objects it is about.
 * @returns how many the server says it deleted in the last go
 */
export async function deleteCollection(context: MethodContext, options: DeleteCollectionOptions): Promise<number> {
  const identity = await context.identity();
  const request = { ...deleteCollectionRequest(identity, context.place, options), idempotent: true };
  const isBounded = context.ledger.bounds(mutationWord({ ...identity, verb: "deletecollection" }));
  for (let repeats = 0; ; repeats += 1) {
    const count = isBounded ? await countFirst(context, request) : undefined;
    try {
      const response = await context.send(count === undefined ? request : { ...request, count });
      return itemCount(response.json);
    } catch (error) {
      const isBrokenOff = error instanceof ApiError && (error.code === 504 || error.code === 500);
      if (!isBrokenOff || repeats === MAX_REPEATS) throw error;
    }
  }
}

async function countFirst(context: MethodContext, request: KubeRequest): Promise<number> {
  const options = { ...(JSON.parse(request.body ?? "{}") as object), dryRun: ["All"] };
  const rehearsed = {
    ...request,
    body: JSON.stringify(options),
    query: [...request.query, ["dryRun", "All"] as const],
    count: 0,
  };
  return itemCount((await context.send(rehearsed)).json);
}
