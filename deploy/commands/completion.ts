import type { Command } from "commander";
import { asksExecPlugin } from "../kubeconfig/target.ts";
import { connect, withConfiguredTarget } from "../project/load-config.ts";
import { fetchAllRuns, listJobs } from "../runs/fetch-jobs.ts";
import { answerRaw } from "../terminal/terminal.ts";
import { bashCompletion } from "./completion/bash.ts";
import { commandWords } from "./completion/command-words.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { ActionOf } from "./declared/declare.ts";
import type { COMPLETION } from "./declared/operating.ts";

type Shell = Parameters<ActionOf<typeof COMPLETION>>[0];

export async function completion(shell: Shell, _flags: object, { parent: program }: Command): Promise<void> {
  if (program === null) return;
  const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
  answerRaw(scripts[shell](commandWords(program)));
}

/** Who has pressed TAB does not wait longer than this, in milliseconds. */
const DEADLINE_MS = 1_000;

/** Runs beyond these would hide what is wanted. */
const RUNS_MAX = 30;

/**
 * Prints names that a shell can complete with, one a line: `namespaces`, `jobs`, or `runs` with the jobs. Where the cluster does not answer within a second it prints
 * nothing; where the kubeconfig logs in by a program it is not asked, since that may open a browser or wait for a password.
 *
 * @param words what is to be completed, then the command line so far, whose flags say which cluster
 */
export async function completeNames([kind = "", ...words]: readonly string[]): Promise<void> {
  const late = setTimeout(() => process.exit(0), DEADLINE_MS);
  try {
    const names = await fetchNames(kind, words);
    answerRaw(names.map((name) => `${name}\n`).join(""));
  } catch {
    // No cluster, no rights, or a flag that is half written: then there is nothing to offer.
  } finally {
    clearTimeout(late);
  }
}

async function fetchNames(kind: string, words: readonly string[]): Promise<readonly string[]> {
  const flags = {
    namespace: flagIn(words, "--namespace", "-n"),
    context: flagIn(words, "--context"),
    kubeconfig: flagIn(words, "--kubeconfig"),
    env: flagIn(words, "--env"),
  };
  if (await asksExecPlugin(await withConfiguredTarget(flags))) return [];
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  if (kind === "namespaces") {
    return (await client.kube.namespaces.list().toArray()).map(({ metadata }) => metadata.name);
  }
  const jobs = (await listJobs(client, namespace)).map(({ metadata }) => metadata.name);
  if (kind !== "runs") return jobs;
  const runs = await fetchAllRuns(client, namespace, new Date());
  return [...jobs, ...runs.slice(0, RUNS_MAX).map(({ run }) => run)];
}

/** The last word is the one that is being typed. */
function flagIn(words: readonly string[], ...names: readonly string[]): string | undefined {
  const typed = words.slice(0, -1);
  for (const [index, word] of typed.entries()) {
    const [name = "", value] = word.split("=", 2);
    if (names.includes(name)) return value ?? typed[index + 1];
  }
  return undefined;
}
