/** Sixteen or more digits in the position of a value: possibly a number that JSON.parse would round. */
const LONG_NUMBER = /[:,[\s]-?\d{16,}\s*[,}\]\s]/;
const LONG_DIGITS = 16;
const LONG_DIGITS_EXPRESSION = /\d{16}/;
/** V8 compiles a regular expression at once for a long text, but a loop only after it has become hot: the expression is faster for few texts, the loop for many. */
const FEW_TEXTS = 16;
let texts = 0;

interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses JSON from Kubernetes, whose integers have 64 bits: those above 2^53 become bigint instead of being rounded.
 * @throws {SyntaxError} for text that is not JSON, without quoting it as V8's own error does: the text may be a Secret
 */
export function parseJson(text: string): unknown {
  try {
    return parsed(text);
  } catch {
    throw new SyntaxError(`it is not JSON (${text.length} characters)`);
  }
}

function parsed(text: string): unknown {
  if (!hasLongDigits(text) || !LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  });
}

/** True if there are sixteen digits in a row. Checking every sixteenth character finds one of them, and is faster than an expression. */
function hasLongDigits(text: string): boolean {
  texts += 1;
  if (texts <= FEW_TEXTS) return LONG_DIGITS_EXPRESSION.test(text);
  for (let at = LONG_DIGITS - 1; at < text.length; at += LONG_DIGITS) {
    if (!isDigit(text, at)) continue;
    let start = at;
    let end = at + 1;
    while (isDigit(text, start - 1)) start -= 1;
    while (isDigit(text, end)) end += 1;
    if (end - start >= LONG_DIGITS) return true;
  }
  return false;
}

/** False outside the text, where the code is NaN. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** The API server refuses bodies over 3 MiB. https://github.com/kubernetes/apiserver/blob/master/pkg/server/config.go */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** In all supported Node versions, but not yet in TypeScript's library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Serializes a request's body. Integers read as bigint are written back exactly.
 * @throws {TypeError} for NaN and infinite numbers, which JSON would turn into null
 * @throws {RangeError} for a body above the API server's size limit
 */
export function jsonBody(value: unknown): string {
  const text = jsonText(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) {
    throw new RangeError(`the object has ${bytes} bytes; the API server accepts at most ${MAX_BODY_BYTES}`);
  }
  return text;
}

/**
 * A deep copy of what would be sent, unaffected by later changes to the original.
 * @throws {TypeError} for values that are not JSON, such as functions, NaN and infinite numbers
 */
export function plainCopy<T>(value: T): T {
  const text: string | undefined = jsonText(value);
  if (text === undefined) throw new TypeError(`expected an object, not ${typeof value}`);
  return parseJson(text) as T;
}

/**
 * The same without a size limit, for servers other than the API server.
 * @throws {TypeError} for NaN and infinite numbers
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (typeof field === "bigint") return rawJSON(field.toString());
    if (typeof field === "number" && !Number.isFinite(field)) {
      throw new TypeError(`${key}: ${field} is not a number that Kubernetes accepts`);
    }
    return field;
  });
}
