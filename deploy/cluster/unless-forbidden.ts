import { hasReason } from "../../runtime/kube/errors/api-error.ts";

/** What a person may not read is left out, where the rest still tells something. */
export async function unlessForbidden<T>(read: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (hasReason(error, "Forbidden")) return otherwise;
    throw error;
  }
}
