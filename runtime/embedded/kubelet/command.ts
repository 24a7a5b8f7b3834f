import { isSea } from "node:sea";
import type { Container } from "./pod.ts";

/** Makes errand's single-file executable act as Node, and run the script or text that follows. */
export const RUN_SCRIPT = ":run-script";
export const RUN_TEXT = ":run-text";

/** Node's flags for the text of a CommonJS script. */
const TEXT_FLAGS = ["--input-type=commonjs", "--eval"];

export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The command to run a script or text with this process's Node. In a single-file executable that is the executable itself, which takes Node's flags as one word:
 * https://nodejs.org/api/single-executable-applications.html#execution-argument-extension
 *
 * @param words Node's flags (with values after `=`), the script or `--eval` and its text, and the arguments
 */
export function ownNode(words: readonly string[], isExecutable: boolean = isSea()): NodeCommand {
  if (!isExecutable) return { command: process.execPath, args: words };
  const scriptAt = words.findIndex((word) => !word.startsWith("-"));
  const flags = words
    .slice(0, scriptAt)
    .filter((word) => !TEXT_FLAGS.includes(word))
    .map(quoted)
    .join(" ");
  const script = [words[scriptAt - 1] === "--eval" ? RUN_TEXT : RUN_SCRIPT, ...words.slice(scriptAt)];
  return { command: process.execPath, args: flags === "" ? script : [`--node-options=${flags}`, ...script] };
}

/** Quotes as in NODE_OPTIONS, because paths can contain spaces. */
function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}

const ALLOW_NET = "--allow-net";

/**
 * Translates a container's command for this machine: with the local paths of mounted files, and without `node` itself.
 *
 * @param paths path in the container → local path, longest first
 * @param knowsAllowNet whether this Node has the flag: a Node without it fails on it, a Node with it denies the network by default
 * @throws {RangeError} for a container that does not run Node
 */
export function commandHere(
  { name, command = [], args = [] }: Container,
  paths: readonly (readonly [inContainer: string, here: string])[],
  knowsAllowNet: boolean,
): string[] {
  const [program, ...rest] = [...command, ...args];
  if (program !== "node") {
    throw new RangeError(
      `The container ${name} runs ${program ?? "its image's own program"}; the embedded cluster can only run node`,
    );
  }
  const flags = rest.filter((word) => word !== ALLOW_NET);
  const needsNet = knowsAllowNet && flags.includes("--permission");
  return [...(needsNet ? [ALLOW_NET] : []), ...flags.map((word) => moved(word, paths))];
}

/** Replaces the path of a mounted file in a word of a command or a variable by the local one. A path is a whole word, or the value after a flag's `=`. */
export function moved(word: string, paths: readonly (readonly [inContainer: string, here: string])[]): string {
  const start = word.startsWith("--") ? word.indexOf("=") + 1 : 0;
  const path = word.slice(start);
  const found = paths.find(([inContainer]) => path === inContainer || path.startsWith(`${inContainer}/`));
  if (!found) return word;
  const [inContainer, here] = found;
  return `${word.slice(0, start)}${here}${path.slice(inContainer.length)}`;
}
