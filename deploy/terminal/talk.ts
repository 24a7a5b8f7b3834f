/** How a command's answer on stdout is written. */
export const FORMATS = ["table", "json", "yaml"] as const;

export type Format = (typeof FORMATS)[number];

/** Says something to the person on stderr: stdout holds the answer and nothing else. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}
