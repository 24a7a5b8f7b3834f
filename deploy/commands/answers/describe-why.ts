import type { Answer } from "../../diagnose/why/explain.ts";
import type { Explanation } from "../../diagnose/why/finding.ts";

/** The answer to *why*, in a few lines: what happened, what shows it, what to do. */
export function describeWhy({ job, schedule, run }: Answer): string {
  const parts = [
    ...(schedule === undefined ? [] : [describeFinding(job ?? "", schedule)]),
    ...(run?.finding === undefined ? [] : [describeFinding(run.name, run.finding)]),
  ];
  if (parts.length > 0) return parts.join("\n\n");
  if (run === undefined) return `${job}: its schedule does what it should, and no run is remembered`;
  const { phase, report } = run.record;
  return `${run.name}: ${phase === "finished" ? report.outcome : "running"}; nothing is wrong with it`;
}

function describeFinding(name: string, { what, evidence, next }: Explanation): string {
  return [`${name}: ${what}`, ...evidence.map((text) => field("because", text)), field("do", next)].join("\n");
}

function field(name: string, text: string): string {
  return `${name.padEnd(9)}  ${text.replace(/\s*\n\s*/g, " ")}`;
}
