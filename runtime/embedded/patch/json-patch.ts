import type { JsonPatchOperation } from "../../kube/surface/kube.ts";
import { isJsonObject, sameJson } from "../objects/api-object.ts";
import { ApiStatusError, badRequest, tooLarge } from "../objects/api-status.ts";

/** The API server's limit. */
const MAX_OPERATIONS = 10_000;

const OPERATIONS = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** A location in a document: its parent, and the last part of its path. */
interface Place {
  readonly parent: unknown[] | Record<string, unknown>;
  readonly last: string;
}

/**
 * Applies a JSON Patch. https://www.rfc-editor.org/rfc/rfc6902
 *
 * @returns a changed copy
 * @throws {ApiStatusError} 400 for an invalid patch, 413 for too many operations, 422 for one that cannot be applied
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  }
  if (!patch.every(isOperation)) throw unprocessable();
  if (patch.length > MAX_OPERATIONS) {
    throw tooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  // A parent for the root, so that the empty path needs no special case.
  const holder: Record<string, unknown> = { root: structuredClone(document) };
  for (const operation of patch) applyOne(holder, operation);
  return holder.root;
}

function isOperation(value: unknown): value is JsonPatchOperation {
  return isJsonObject(value) && OPERATIONS.has(String(value.op)) && typeof value.path === "string";
}

function applyOne(holder: Record<string, unknown>, { op, path, from = "", value }: JsonPatchOperation): void {
  const place = placeOf(holder, path);
  switch (op) {
    case "add":
      add(place, structuredClone(value));
      break;
    case "remove":
      remove(place);
      break;
    case "replace":
      read(place);
      set(place, structuredClone(value));
      break;
    case "test":
      if (!sameJson(readOrNull(place), value ?? null)) throw unprocessable();
      break;
    case "move":
      add(place, remove(placeOf(holder, from)));
      break;
    case "copy":
      add(place, structuredClone(read(placeOf(holder, from))));
      break;
  }
}

/** The API server says neither which operation failed nor why. */
function unprocessable(): ApiStatusError {
  return new ApiStatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function placeOf(holder: Record<string, unknown>, pointer: string): Place {
  if (pointer !== "" && !pointer.startsWith("/")) throw unprocessable();
  const parts = ["root", ...pointer.split("/").slice(1).map(unescapePart)];
  const last = parts.pop() ?? "";
  let parent: unknown = holder;
  for (const part of parts) parent = child(parent, part);
  if (!Array.isArray(parent) && !isJsonObject(parent)) throw unprocessable();
  return { parent, last };
}

function unescapePart(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function child(parent: unknown, part: string): unknown {
  if (Array.isArray(parent) && Number(part) < parent.length) return parent[Number(part)];
  if (isJsonObject(parent) && Object.hasOwn(parent, part)) return parent[part];
  throw unprocessable();
}

function read({ parent, last }: Place): unknown {
  return child(parent, last);
}

function readOrNull({ parent, last }: Place): unknown {
  if (Array.isArray(parent)) return parent[Number(last)] ?? null;
  return Object.hasOwn(parent, last) ? parent[last] : null;
}

function add({ parent, last }: Place, value: unknown): void {
  if (!Array.isArray(parent)) {
    setField(parent, last, value);
    return;
  }
  const index = last === "-" ? parent.length : Number(last);
  if (!Number.isInteger(index) || index < 0 || index > parent.length) throw unprocessable();
  parent.splice(index, 0, value);
}

function set({ parent, last }: Place, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(last)] = value;
  else setField(parent, last, value);
}

function remove(place: Place): unknown {
  const removed = read(place);
  if (Array.isArray(place.parent)) place.parent.splice(Number(place.last), 1);
  else delete place.parent[place.last];
  return removed;
}

/** `__proto__` is an ordinary field here, never the prototype. */
function setField(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
