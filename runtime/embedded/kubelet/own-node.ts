import { isSea } from "node:sea";

/** The words that make errand's single-file executable be Node, and run a script, or the text that follows. */
export const RUN_SCRIPT = ":run-script";
export const RUN_TEXT = ":run-text";

/** Node's own, for text that is a CommonJS script. */
const TEXT_FLAGS = ["--input-type=commonjs", "--eval"];

/** What to start. */
export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How to start a script, or text, with the very Node that this process is. In a single-file executable that is the executable, which takes Node's flags only in one word:
 * https://nodejs.org/api/single-executable-applications.html#execution-argument-extension
 *
 * @param words flags of Node with their values behind `=`, the script or `--eval` and its text, and the arguments
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

/** As Node reads NODE_OPTIONS: paths may have spaces. */
function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
