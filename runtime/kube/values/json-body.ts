import { parseJson } from "./json.ts";

/** The API server refuses bodies over 3 MiB. https://github.com/kubernetes/apiserver/blob/master/pkg/server/config.go */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Present in the Node versions that are supported; TypeScript's library does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Writes a request's body. Integers that were read as bigint are written back digit by digit.
 * @throws {TypeError} for NaN and infinite numbers, which JSON would turn into null
 * @throws {RangeError} for a body that the API server would refuse for its size
 */
export function jsonBody(value: unknown): string {
  const text = jsonText(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) {
    throw new RangeError(`the object has ${bytes} bytes; the API server takes at most ${MAX_BODY_BYTES}`);
  }
  return text;
}

/**
 * The same, as a value that is nobody else's: what is read of it is what will be sent, whatever becomes of the original.
 * @throws {TypeError} for what is not JSON, such as a function, and for NaN and infinite numbers
 */
export function plainCopy<T>(value: T): T {
  const text: string | undefined = jsonText(value);
  if (text === undefined) throw new TypeError(`expected an object, not ${typeof value}`);
  return parseJson(text) as T;
}

/**
 * The same for others than the API server, of any size.
 * @throws {TypeError} for NaN and infinite numbers
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (typeof field === "bigint") return rawJSON(field.toString());
    if (typeof field === "number" && !Number.isFinite(field)) {
      throw new TypeError(`${key}: ${field} is not a number that can be sent to Kubernetes`);
    }
    return field;
  });
}
