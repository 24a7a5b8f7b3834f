/** A Kubernetes quantity such as `100m`, `1.5Gi` or `2e3`. A number is read as its text. */
export type QuantityText = string | number;

/** The suffixes: powers of 1024 (`Ki`), of 1000 (`k`), or an exponent (`e3`). */
type Notation = "binary" | "decimal" | "exponent";

interface Amount {
  /** In billionths, the API server's smallest unit. */
  readonly nano: bigint;
  readonly notation: Notation;
}

const NANO = 1_000_000_000n;
const LARGEST = 2n ** 63n - 1n;
// Far above any real quantity; without a limit, `1e999999999` would be a number of a billion digits.
const MAX_EXPONENT = 100;

const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d+)$/;

/**
 * Adds two quantities exactly. The sum has the notation of the first, or of the second if the first is zero.
 *
 * @throws {RangeError} for text that is not a quantity
 * @example add("1500m", "1") === "2500m"
 */
export function add(left: QuantityText, right: QuantityText): string {
  return write(plus(read(left), read(right)));
}

/**
 * Subtracts the second quantity from the first exactly; the difference may be negative.
 *
 * @throws {RangeError} for text that is not a quantity
 * @example subtract("1Gi", "512Mi") === "512Mi"
 */
export function subtract(left: QuantityText, right: QuantityText): string {
  const { nano, notation } = read(right);
  return write(plus(read(left), { nano: -nano, notation }));
}

/**
 * Adds any number of quantities exactly; undefined ones count as zero.
 *
 * @throws {RangeError} for text that is not a quantity
 * @example sum(["100m", undefined, "0.4"]) === "500m"
 */
export function sum(amounts: Iterable<QuantityText | undefined>): string {
  let total: Amount = { nano: 0n, notation: "decimal" };
  for (const amount of amounts) if (amount !== undefined) total = plus(total, read(amount));
  return write(total);
}

/**
 * Compares two quantities, for example for `sort`.
 *
 * @returns negative, 0 or positive; `1` and `1000m` are equal
 * @throws {RangeError} for text that is not a quantity
 */
export function compare(left: QuantityText, right: QuantityText): number {
  const difference = read(left).nano - read(right).nano;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/**
 * Formats a quantity like the API server: no fraction, and the largest suffix that keeps it exact.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 * @throws {RangeError} for text that is not a quantity
 * @example canonical("1.5Gi") === "1536Mi"
 */
export function canonical(amount: QuantityText): string {
  return write(read(amount));
}

/**
 * A quantity as a number of units (cores, bytes), for ratios and charts; very large or small ones are rounded.
 *
 * @throws {RangeError} for text that is not a quantity
 * @example toNumber("250m") === 0.25
 */
export function toNumber(amount: QuantityText): number {
  const { nano } = read(amount);
  const whole = nano / NANO;
  return Number(whole) + Number(nano - whole * NANO) / 1e9;
}

function plus(left: Amount, right: Amount): Amount {
  return { nano: left.nano + right.nano, notation: left.nano === 0n ? right.notation : left.notation };
}

function read(text: QuantityText): Amount {
  const [, sign, whole = "", fraction = "", suffix = ""] = SHAPE.exec(String(text)) ?? [];
  if (sign === undefined || whole + fraction === "") {
    throw new RangeError(
      `"${text}" is not a quantity: write a number with an optional suffix, such as 100m, 2 or 1.5Gi`,
    );
  }
  const { notation, factor, divisor } = readSuffix(suffix);
  const digits = BigInt(whole + fraction) * factor * NANO;
  // Like the API server, round up what is smaller than a billionth, so that a tiny request does not become zero.
  const size = divideUp(digits, divisor * 10n ** BigInt(fraction.length));
  const bounded = notation === "binary" && size > LARGEST * NANO ? LARGEST * NANO : size;
  return { nano: sign === "-" ? -bounded : bounded, notation };
}

function readSuffix(suffix: string): {
  readonly notation: Notation;
  readonly factor: bigint;
  readonly divisor: bigint;
} {
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { notation: "binary", factor: 1024n ** BigInt(binary), divisor: 1n };
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  const exponent = decimal < 0 ? Number(suffix.slice(1)) : (decimal - DECIMAL_SUFFIXES.indexOf("")) * 3;
  if (Math.abs(exponent) > MAX_EXPONENT)
    throw new RangeError(`the exponent of a quantity must be at most ${MAX_EXPONENT}: ${suffix}`);
  const power = 10n ** BigInt(Math.abs(exponent));
  return {
    notation: decimal < 0 ? "exponent" : "decimal",
    factor: exponent < 0 ? 1n : power,
    divisor: exponent < 0 ? power : 1n,
  };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function write({ nano, notation }: Amount): string {
  if (nano === 0n) return "0";
  const size = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? "-" : "";
  const readable = notation === "binary" && size % NANO === 0n && size >= 1024n * NANO;
  if (readable) return sign + scaled(size / NANO, 1024n, BINARY_SUFFIXES);
  if (notation === "exponent") return sign + withExponent(size);
  return sign + scaled(size, 1000n, DECIMAL_SUFFIXES);
}

function scaled(size: bigint, base: bigint, suffixes: readonly string[]): string {
  let rest = size;
  let step = 0;
  while (rest % base === 0n && step < suffixes.length - 1) {
    rest /= base;
    step++;
  }
  return `${rest}${suffixes[step]}`;
}

function withExponent(size: bigint): string {
  let rest = size;
  let exponent = -9;
  while (rest % 1000n === 0n) {
    rest /= 1000n;
    exponent += 3;
  }
  return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
}
