import { ensurePods } from "./cluster/pods.ts";
import { type Figure, figureOf } from "./figures.ts";
import type { Command, Measurement, Meter } from "./machine/measure.ts";
import type { Stage } from "./stage.ts";
import { prepareSubject } from "./subjects.ts";
import type { SubjectName, Work } from "./works.ts";

/** A subject that spent this on a work is not started again. */
const BUDGET_SECONDS = 90;
/** A client that keeps to five requests a second needs a quarter of an hour for 5,000. */
const TIMEOUT_SECONDS = 1_500;

interface Contestant {
  readonly name: SubjectName;
  readonly command: Command;
  readonly runs: Measurement[];
}

/** What a work came to. */
export interface WorkResult {
  readonly figures: readonly Figure[];
  /** One line for each subject that has none. */
  readonly missing: readonly string[];
}

/** Has every subject do a work: in turns, so that what else the machine does meets all of them alike. */
export async function runWork(
  work: Work,
  { stage, meter, runs, tell }: { stage: Stage; meter: Meter; runs: number; tell: (line: string) => void },
): Promise<WorkResult> {
  const missing: string[] = [];
  let field = await prepare(work, stage, missing);
  // The first round only fills caches: of files, of code, of the server.
  const rounds = work.usesUp ? runs : runs + 1;
  for (let round = 0; round < rounds; round += 1) {
    const out = new Set<Contestant>();
    for (const contestant of rotated(field, round)) {
      if (spent(contestant) > BUDGET_SECONDS) continue;
      if (work.command !== undefined) await stage.commandLine?.refresh();
      const { api } = stage.cluster ?? {};
      if (work.pods !== undefined && api !== undefined && (round === 0 || work.usesUp))
        await ensurePods(api, work.pods, tell);
      const measured = await meter.measure(contestant.command);
      const problem = problemOf(work, measured);
      if (problem !== undefined) {
        missing.push(`${contestant.name}: ${problem}`);
        out.add(contestant);
      } else if (work.usesUp || round > 0) contestant.runs.push(measured);
    }
    field = field.filter((contestant) => !out.has(contestant));
  }
  return { figures: field.map((contestant) => figure(work, contestant)), missing };
}

async function prepare(work: Work, stage: Stage, missing: string[]): Promise<Contestant[]> {
  const field: Contestant[] = [];
  for (const name of work.subjects) {
    try {
      const { argv, env = {} } = await prepareSubject(name, work, stage);
      const command = { argv, env: { ...commonEnvironment(stage), ...env }, timeoutSeconds: TIMEOUT_SECONDS };
      field.push({ name, command, runs: [] });
    } catch (error) {
      missing.push(`${name}: cannot be had: ${error instanceof Error ? error.message : error}`);
    }
  }
  return field;
}

function commonEnvironment({ cluster, folder }: Stage): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    ...(cluster === undefined ? {} : { KUBERNETES_SERVICE_HOST: cluster.host, KUBERNETES_SERVICE_PORT: cluster.port }),
  };
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function spent({ runs }: Contestant): number {
  return runs.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
}

/** A figure of something else than the work would be none. */
function problemOf({ pods }: Work, measured: Measurement): string | undefined {
  if (measured.exitCode !== 0) return `ended with ${measured.exitCode}: ${reason(measured)}`;
  if (pods === undefined) return undefined;
  const count = countOf(measured.stdout);
  return count === pods.count ? undefined : `came to ${count} pods instead of ${pods.count}`;
}

function figure(work: Work, { name, runs }: Contestant): Figure {
  const result = figureOf(work.name, name, runs);
  if (work.operation !== "bundle") return result;
  return { ...result, bytes: countOf(runs.at(-1)?.stdout ?? "") };
}

/** Every language names what was thrown in a line with "Error", somewhere. */
function reason({ stdout, stderr }: Measurement): string {
  const lines = (stderr || stdout).trim().split("\n");
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "").slice(0, 500);
}

/** The count that peers print, that jobs return in their report, or the names that kubectl lists. */
function countOf(stdout: string): number {
  const last = lastLine(stdout);
  if (!last.startsWith("{")) return stdout.trim() === "" ? 0 : stdout.trim().split("\n").length;
  const { count, result } = JSON.parse(last) as { count?: number; result?: { count: number } };
  return count ?? result?.count ?? 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
