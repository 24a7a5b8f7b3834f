import picocolors from "picocolors";
import { own, visibleLines } from "./terminal.ts";

/** How a command's answer on stdout is written. */
export const FORMATS = ["table", "json", "yaml"] as const;

export type Format = (typeof FORMATS)[number];

/** Says something to the person on stderr: stdout holds the answer and nothing else. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Colours for what goes to stderr: none where it is no terminal, or where NO_COLOR is set. https://no-color.org */
const colors = picocolors.createColors(
  !process.env.NO_COLOR &&
    (/^(?:[123]|true)$/.test(process.env.FORCE_COLOR ?? "") ||
      (Boolean(process.stderr.isTTY) && process.env.TERM !== "dumb")),
);

/** A colour of errand's own, around a text that has none of its own: what it holds may come from anywhere. */
function colored(color: (text: string) => string): (text: string) => string {
  return (text) => own(color(visibleLines(text)));
}

export const style = {
  bold: colored(colors.bold),
  cyan: colored(colors.cyan),
  dim: colored(colors.dim),
  gray: colored(colors.gray),
  green: colored(colors.green),
  red: colored(colors.red),
  yellow: colored(colors.yellow),
};
