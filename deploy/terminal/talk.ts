/** Says something to the person on stderr: stdout holds the answer and nothing else. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}
