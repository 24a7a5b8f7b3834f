import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { isRecord } from "../../runtime/job/problem.ts";
import { readYaml } from "../../runtime/kube/values/yaml.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { Params } from "./read-params.ts";

/** Parameters are written into the Job, which etcd takes up to 1.5 MiB of. */
const BYTES_MAX = 2 ** 20;

/**
 * Reads parameters from a file, JSON or YAML, or from standard input.
 *
 * @param path `-`: standard input
 * @throws {CommandError} for what cannot be read, and for what is no mapping of names to values
 */
export async function readParamsFile(path: string, stdin: NodeJS.ReadStream = process.stdin): Promise<Params> {
  const source = path === "-" ? await readInput(stdin) : readFile(path);
  const name = `--params ${path}`;
  if (Buffer.byteLength(source) > BYTES_MAX)
    throw new CommandError(`${name}: it has more than 1 MiB`, { hint: "Parameters are kept in the Job: give less." });
  let value: unknown;
  try {
    // JSON is YAML too. Dates stay text, as in JSON.
    const documents = await readYaml(source, { maxAliasCount: 0 });
    if (documents.length > 1) throw new Error("there is more than one document");
    value = documents[0]?.value;
  } catch (error) {
    const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new CommandError(`${name}: it is neither JSON nor YAML: ${problem}`, { hint: EXPECTED, cause: error });
  }
  if (isRecord(value) && !Array.isArray(value)) return value as Params;
  throw new CommandError(`${name}: expected names and values, got ${describe(value)}`, { hint: EXPECTED });
}

const EXPECTED = 'Such as {"olderThan": "2h"} or, as YAML, olderThan: 2h';

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : JSON.stringify(value).slice(0, 40);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`--params ${path}: the file cannot be read (${code})`, {
      hint: "Give the path of a JSON or YAML file, or - for standard input.",
      cause: error,
    });
  }
}

async function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  if (!stdin.isTTY) return await text(stdin);
  throw new CommandError("--params - reads standard input, and nothing is piped into it", {
    hint: 'Such as: echo \'{"olderThan": "2h"}\' | errand trigger JOB --params -',
  });
}
