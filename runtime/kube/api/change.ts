import { ApiError } from "../errors/api-error.ts";
import type { Preconditions } from "../requests/resource.ts";

/**
 * Makes a change that is bound to the object that was read: another by now, or no object any more, is a result and no error.
 *
 * @param preconditions of the change; without them every answer of the server is given on
 */
export async function ifUnchanged<R>(
  preconditions: Preconditions | undefined,
  change: () => Promise<R>,
): Promise<R | "gone" | "changed"> {
  try {
    return await change();
  } catch (error) {
    if (preconditions === undefined || !(error instanceof ApiError)) throw error;
    if (error.reason === "NotFound") return "gone";
    if (error.reason === "Conflict") return "changed";
    throw error;
  }
}
