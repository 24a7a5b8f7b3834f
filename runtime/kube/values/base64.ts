// For the data of Secrets and the binaryData of ConfigMaps, which are base64 in JSON.

/**
 * Decodes base64 as Kubernetes writes it.
 *
 * @throws {RangeError} for text that is not base64, instead of skipping invalid characters; the message does not quote it
 */
export function decode(text: string): Uint8Array {
  return bytesOf(text);
}

/**
 * Decodes base64 of UTF-8 text.
 *
 * @throws {RangeError} like {@link decode}
 * @example
 * const password = base64.decodeText(secret.data?.password ?? "");
 */
export function decodeText(text: string): string {
  return bytesOf(text).toString("utf8");
}

/** Encodes bytes, or text as UTF-8, as base64. */
export function encode(bytes: Uint8Array | string): string {
  return Buffer.from(bytes as Uint8Array).toString("base64");
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) {
    throw new RangeError(`expected base64 as Kubernetes writes it, got ${text.length} other characters`);
  }
  return bytes;
}
