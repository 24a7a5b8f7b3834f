const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Reads a quantity of Kubernetes, such as `256Mi` or `1e9`, as a number.
 *
 * @param text was checked with the definition
 * @throws {RangeError} where it is none
 */
export function quantityToNumber(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined) throw new RangeError(`"${text}" is not a quantity`);
  return Number(number) * factor;
}
