import type { Start } from "./ask-kubernetes.ts";
import { ZONE_STARTS } from "./questions.ts";

const FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/** Schedules, zones and times without end, the same for the same seed. */
export function randomStarts(seed: number, count: number): Start[] {
  const below = numbersFrom(seed);
  const zones = ZONE_STARTS.map(([timeZone]) => timeZone);
  return Array.from({ length: count }, () => ({
    schedule: FIELDS.map(([least, most]) => randomField(below, least, most)).join(" "),
    timeZone: zones[below(zones.length)] ?? "Etc/UTC",
    // As far as zones are fixed by law; what comes later depends on whose database is newer.
    from: new Date(Date.UTC(2012 + below(15), below(12), 1 + below(28), below(24), below(60), below(60))).toISOString(),
    count: 4,
  }));
}

/** mulberry32. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}

function randomField(below: (limit: number) => number, least: number, most: number): string {
  const first = least + below(most - least + 1);
  const last = first + below(most - first + 1);
  const kinds = ["*", "*", `*/${1 + below(most)}`, `${first}`, `${first}-${last}`, `${first}-${last}/${1 + below(6)}`];
  return [...kinds, `${first},${last}`, `${first}/${1 + below(9)}`][below(8)] ?? "*";
}
