import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isJobTest, jobNameOf } from "../settings/job-name.ts";
import { CommandError } from "../terminal/command-error.ts";

const SOURCE = /\.[cm]?[jt]s$/;
/** Types, and what configures tools: no job is called so. */
const NO_JOB = /\.(?:d|config)\.[cm]?[jt]s$/;

/**
 * The job files that words of the command line mean: files as they are, and of a folder every source file that stands directly in it, but no tests.
 * What jobs share belongs into a folder below.
 *
 * @returns each once, in the order of the words, those of a folder by name
 * @throws {CommandError} for what is not there, a folder without jobs, and two files that would be one job
 */
export function findJobFiles(words: readonly string[]): string[] {
  const files = [...new Set(words.flatMap((word) => filesOf(word, words.length > 1)))];
  if (files.length === 0) {
    throw new CommandError(`${words.join(", ")}: these are tests, and no jobs`, {
      hint: "Give the jobs that they are about.",
    });
  }
  const fileByName = new Map<string, string>();
  for (const file of files) {
    const other = fileByName.get(jobNameOf(file));
    if (other !== undefined) {
      throw new CommandError(`${other} and ${file} are both called ${jobNameOf(file)}`, {
        hint: "A job is called like its file: rename one of them, or deploy them to two namespaces.",
      });
    }
    fileByName.set(jobNameOf(file), file);
  }
  return files;
}

/** The shell writes `jobs/*.ts` out, tests included; a test that is named alone is meant, and refused as no job. */
function filesOf(word: string, isOneOfSeveral: boolean): string[] {
  const found = statSync(word, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return isOneOfSeveral && isJobTest(word) ? [] : [word];
  const files = readdirSync(word, { withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !NO_JOB.test(entry.name) && !isJobTest(entry.name))
    .map(({ name }) => join(word, name))
    .sort();
  if (files.length > 0) return files;
  throw new CommandError(`Folder ${word} has no job files`, {
    hint: "Only source files directly in it count, and no tests: *.ts, such as jobs/pod-cleanup.ts.",
  });
}
