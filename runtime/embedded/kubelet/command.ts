import { isSea } from "node:sea";
import type { Container } from "./pod.ts";

/** The words that make errand's single-file executable act as Node, and run a script or the text that follows. */
export const RUN_SCRIPT = ":run-script";
export const RUN_TEXT = ":run-text";

/** Node's flags for text that is a CommonJS script. */
const TEXT_FLAGS = ["--input-type=commonjs", "--eval"];

/** What to start. */
export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How to start a script or text with the Node of this process. In a single-file executable that is the executable, which takes Node's flags as one word:
 * https://nodejs.org/api/single-executable-applications.html#execution-argument-extension
 *
 * @param words Node's flags with their values after `=`, the script or `--eval` and its text, and the arguments
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

/** Quoted as in NODE_OPTIONS: paths can contain spaces. */
function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}

const ALLOW_NET = "--allow-net";

/**
 * The command of a container for this machine: with the paths that mounted files have here, and without `node` itself.
 *
 * @param paths path in the container → path here, the longest first
 * @param knowsAllowNet whether this Node has the flag: one without it fails on it, one with it denies the network unless it is given
 * @throws {RangeError} for a container that runs something other than Node
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

/** A word of a command, or a variable, that is the path of a mounted file: where that is here. A path is a whole word, or what follows the `=` of a flag. */
export function moved(word: string, paths: readonly (readonly [inContainer: string, here: string])[]): string {
  const start = word.startsWith("--") ? word.indexOf("=") + 1 : 0;
  const path = word.slice(start);
  const found = paths.find(([inContainer]) => path === inContainer || path.startsWith(`${inContainer}/`));
  if (!found) return word;
  const [inContainer, here] = found;
  return `${word.slice(0, start)}${here}${path.slice(inContainer.length)}`;
}
