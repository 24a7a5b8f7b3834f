import { readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { DECIDED_BY_KUBERNETES, RULES } from "./rules.ts";

/** A test that names rules in its title. */
export interface Proof {
  /** Below test/. */
  readonly file: string;
  readonly title: string;
  readonly rules: readonly string[];
  /** Where it runs: on the real API server, or on one that is scripted or in memory. */
  readonly on: "real" | "embedded";
}

const TESTS = resolve(import.meta.dirname, "..");
const TITLE = /(["'`])((?:(?!\1).)*\[[A-P]\d+\](?:(?!\1).)*)\1/g;
const RULE = /\[([A-P]\d+)\]/g;

/** Every test whose title names a rule, in the order of files and of lines. */
export function findProofs(): readonly Proof[] {
  return readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => file.split(sep).join("/"))
    .filter((file) => !file.startsWith("rules/"))
    .sort()
    .flatMap((file) => proofsIn(file, readFileSync(join(TESTS, file), "utf8")));
}

/** The tests of one file that name rules. @param text its source */
export function proofsIn(file: string, text: string): readonly Proof[] {
  const on = file.startsWith("cluster/") ? "real" : "embedded";
  return [...text.matchAll(TITLE)].map(([, , quoted = ""]) => ({
    file,
    on,
    title: quoted.replace(RULE, "").replaceAll(/\s+/g, " ").trim(),
    rules: [...quoted.matchAll(RULE)].map(([, rule = ""]) => rule),
  }));
}

/** The table of rules and of the tests that hold them, as Markdown. */
export function ruleTable(proofs: readonly Proof[]): string {
  const real = proofs.filter(({ on }) => on === "real");
  const held = (of: readonly Proof[]) => new Set(of.flatMap(({ rules }) => rules)).size;
  const lines = Object.entries(RULES).map(([rule, what]) => {
    const tests = proofs.filter(({ rules }) => rules.includes(rule));
    const cells = (["embedded", "real"] as const).map((on) => tests.filter((test) => test.on === on).map(cell));
    const [embedded = [], onReal = []] = cells;
    return `| ${rule} | ${what} | ${embedded.join("<br>")} | ${onReal.join("<br>")} |`;
  });
  return [
    "# Rules and the tests that hold them",
    "",
    "Written by `npx vitest run --project embedded test/rules --update`; do not edit. The rules are in `rules.ts`.",
    "",
    `${Object.keys(RULES).length} rules. ${held(real)} of them are held on a real API server too, among these the ${DECIDED_BY_KUBERNETES.length} ` +
      "whose answer Kubernetes decides.",
    "",
    "| rule | what | on a scripted server, or the embedded cluster | on a real API server |",
    "| --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

function cell({ file, title }: Proof): string {
  return `\`${file}\`: ${title.replaceAll("|", "\\|")}`;
}
