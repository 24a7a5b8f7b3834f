/** A run of sixteen digits or more where a value stands: perhaps a number that JSON.parse would round. */
const LONG_NUMBER = /[:,[\s]-?\d{16,}\s*[,}\]\s]/;
const LONG_DIGITS = 16;
const LONG_DIGITS_EXPRESSION = /\d{16}/;
/** V8 compiles an expression at once for a long text, and a loop after it has run for long: for few texts the expression takes less, for many the loop. */
const FEW_TEXTS = 16;
let texts = 0;

interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses JSON as Kubernetes means it: integers are 64 bits wide there, so those beyond 2^53 become bigint instead of another number.
 * @throws {SyntaxError} for text that is not JSON; it quotes nothing of it, as V8's own error does: the text may be a Secret
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

/** True where sixteen digits stand in a row: one of them stands where every sixteenth character is looked at. An expression looks at many more. */
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

/** False beside the text, where the code is NaN. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

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
    throw new RangeError(`the object has ${bytes} bytes; the API server accepts at most ${MAX_BODY_BYTES}`);
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
      throw new TypeError(`${key}: ${field} is not a number that Kubernetes accepts`);
    }
    return field;
  });
}
