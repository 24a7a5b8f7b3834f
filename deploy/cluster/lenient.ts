import { hasReason } from "../../runtime/kube/errors/api-error.ts";

/** What a person may not read is left out, where the rest still tells something. */
export async function unlessForbidden<T, Otherwise>(read: Promise<T>, otherwise: Otherwise): Promise<T | Otherwise> {
  return await unless("Forbidden", read, otherwise);
}

/** Undefined for an object that is not there. */
export async function ifFound<T>(read: Promise<T>): Promise<T | undefined> {
  return await unless("NotFound", read, undefined);
}

async function unless<T, Otherwise>(
  reason: "Forbidden" | "NotFound",
  read: Promise<T>,
  otherwise: Otherwise,
): Promise<T | Otherwise> {
  try {
    return await read;
  } catch (error) {
    if (hasReason(error, reason)) return otherwise;
    throw error;
  }
}
