/**
 * Sends what a job file prints to stderr from now on: stdout holds the command's answer and nothing else, for those who pipe it on.
 *
 * @param redact takes secrets out of a text
 * @returns gives stdout back
 */
export function divertStdout(redact: (text: string) => string = (text) => text): () => void {
  const { write } = process.stdout;
  process.stdout.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const printed = process.stderr.write(redact(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()));
    const callback = rest.find((value) => typeof value === "function");
    if (callback !== undefined) process.nextTick(callback);
    return printed;
  };
  return () => {
    process.stdout.write = write;
  };
}
