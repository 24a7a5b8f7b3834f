const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

const BITS = 5;
const CONTINUES = 1 << BITS;
const MASK = CONTINUES - 1;

/** Reads the numbers of one segment of a source map: base64 digits of five bits, the least first, with the sign in the lowest bit. https://tc39.es/ecma426/#sec-base64-vlq */
export function decodeVlq(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = VALUES.get(digit) ?? 0;
    value += (bits & MASK) << shift;
    shift += BITS;
    if (bits & CONTINUES) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** Writes what {@link decodeVlq} reads. */
export function encodeVlq(numbers: readonly number[]): string {
  let text = "";
  for (const number of numbers) {
    let rest = number < 0 ? (-number << 1) | 1 : number << 1;
    do {
      const bits = rest & MASK;
      rest >>>= BITS;
      text += DIGITS[rest > 0 ? bits | CONTINUES : bits];
    } while (rest > 0);
  }
  return text;
}
