import type { Measurement } from "./machine/measure.ts";

/** What one subject took for one work: medians over its runs. */
export interface Figure {
  readonly work: string;
  readonly subject: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly runs: number;
  /** Of a bundle: its size, compressed. */
  readonly bytes?: number;
}

/** @throws {RangeError} for no values at all */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("there is no median of nothing");
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Boils a subject's runs down to its figure. */
export function figureOf(work: string, subject: string, runs: readonly Measurement[]): Figure {
  const of = (field: "wallSeconds" | "cpuSeconds" | "peakMiB") => median(runs.map((run) => run[field]));
  return {
    work,
    subject,
    wallSeconds: rounded(of("wallSeconds"), 4),
    cpuSeconds: rounded(of("cpuSeconds"), 4),
    peakMiB: rounded(of("peakMiB"), 1),
    runs: runs.length,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
