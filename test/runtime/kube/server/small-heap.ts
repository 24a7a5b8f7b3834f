import { spawn } from "node:child_process";
import { CA } from "./certificates.ts";
import type { ScriptedServer } from "./scripted-server.ts";

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: unknown;
  readonly printed: string;
  readonly complained: string;
}

/**
 * Runs a program of modules in a process of its own, whose heap is small: it dies where it holds more.
 *
 * @param program may import from the project; `port` and `ca` of the server are there
 * @param heapMib of V8's old generation
 */
export async function runInSmallHeap(server: ScriptedServer, program: string, heapMib: number): Promise<Ended> {
  const whole = `const { port, ca } = JSON.parse(process.argv[1]);\n${program}`;
  const args = [`--max-old-space-size=${heapMib}`, "--input-type=module", "-e", whole];
  const child = spawn(process.execPath, [...args, JSON.stringify({ port: server.port, ca: CA })], {
    cwd: new URL("../../../..", import.meta.url),
    stdio: ["ignore", "pipe", "pipe"],
  });
  using _end = { [Symbol.dispose]: () => child.kill() };
  let printed = "";
  let complained = "";
  child.stdout.on("data", (part: Buffer) => {
    printed += part.toString();
  });
  child.stderr.on("data", (part: Buffer) => {
    complained += part.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, printed: printed.trim(), complained };
}
