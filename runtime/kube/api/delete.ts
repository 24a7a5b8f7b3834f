import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { KubeRequest } from "../requests/request.ts";
import { type Preconditions, resolveTarget, type TargetInput } from "../requests/resource.ts";
import { deleteRequest } from "../requests/writes.ts";
import type { DeleteOptions } from "../surface/call-options.ts";
import type { MethodContext } from "./method-context.ts";

/** Deletes an object; one that was read before only if it is still the very same. */
export async function deleteObject(
  context: MethodContext,
  target: TargetInput,
  options: DeleteOptions = {},
): Promise<"deleted" | "gone" | "changed"> {
  const gvr = await context.gvr();
  const resolved = resolveTarget(target, context.place, gvr);
  // What waits for the answer knows nothing of the object: many may be deleted at once, and each would be kept until then.
  return sendDelete(context, deleteRequest(gvr, resolved, options), options.preconditions ?? resolved.preconditions);
}

async function sendDelete(
  context: MethodContext,
  request: KubeRequest,
  preconditions: Preconditions | undefined,
): Promise<"deleted" | "gone" | "changed"> {
  try {
    await context.send(request);
    return "deleted";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const earlier = error.cause instanceof TransportError && error.cause.outcomeUnknown ? error.cause : undefined;
    // A try before this one got no answer: it was the one that deleted this uid, or began to.
    if (error.reason === "NotFound") return earlier === undefined ? "gone" : "deleted";
    if (error.reason !== "Conflict" || preconditions === undefined) throw error;
    if (earlier !== undefined) throw earlier;
    return "changed";
  }
}
