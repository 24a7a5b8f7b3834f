// The data of Secrets and the binaryData of ConfigMaps: bytes, which JSON carries as base64.

/**
 * Reads base64 as Kubernetes writes it.
 *
 * @throws {RangeError} for text that is not base64, instead of leaving out what cannot be read; the text is not in the message
 */
export function decode(text: string): Uint8Array {
  return bytesOf(text);
}

/**
 * Reads base64 of text in UTF-8.
 *
 * @throws {RangeError} as {@link decode} does
 * @example
 * const password = base64.decodeText(secret.data?.password ?? "");
 */
export function decodeText(text: string): string {
  return bytesOf(text).toString("utf8");
}

/** Writes bytes, or text as UTF-8, as base64. */
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
