import type { Command } from "commander";
import { asksExecPlugin } from "../kubeconfig/target.ts";
import { connect, withConfiguredTarget } from "../project/load-config.ts";
import { listJobs } from "../runs/fetch-jobs.ts";
import { liveSource } from "../source/live-source.ts";
import { answerRaw } from "../terminal/terminal.ts";
import { commandWords } from "./completion/command-words.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion/scripts.ts";
import type { ActionOf } from "./declared/declare.ts";
import type { COMPLETION } from "./declared/operating.ts";

type Shell = Parameters<ActionOf<typeof COMPLETION>>[0];

export async function completion(shell: Shell, _flags: object, { parent: program }: Command): Promise<void> {
  if (program === null) return;
  const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
  answerRaw(scripts[shell](commandWords(program)));
}

/** How long a person waits after TAB, in milliseconds. */
const DEADLINE_MS = 1_000;

/** How many of the newest runs are read, and how many of them are offered for each job: more would hide the wanted one. */
const RUNS_MAX = 100;
const RUNS_PER_JOB_MAX = 3;

/**
 * Prints names for a shell to complete with, one a line: `namespaces`, `jobs`, or `runs` after the jobs. Prints only what the cluster answers within a second, and nothing if
 * the kubeconfig logs in with a program, which may open a browser or wait for a password.
 *
 * @param words what to complete, then the command line so far, whose flags say which cluster
 */
export async function completeNames([kind = "", ...words]: readonly string[]): Promise<void> {
  const late = setTimeout(() => process.exit(0), DEADLINE_MS);
  try {
    for await (const names of namesOf(kind, words)) answerRaw(names.map((name) => `${name}\n`).join(""));
  } catch {
    // No cluster, no rights, or a half-typed flag: nothing to offer.
  } finally {
    clearTimeout(late);
  }
}

async function* namesOf(kind: string, words: readonly string[]): AsyncGenerator<readonly string[]> {
  const flags = {
    namespace: flagIn(words, "--namespace", "-n"),
    context: flagIn(words, "--context"),
    kubeconfig: flagIn(words, "--kubeconfig"),
    env: flagIn(words, "--env"),
  };
  if (await asksExecPlugin(await withConfiguredTarget(flags))) return;
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  if (kind === "namespaces") {
    yield (await client.kube.namespaces.list().toArray()).map(({ metadata }) => metadata.name);
    return;
  }
  yield (await listJobs(client, namespace)).map(({ metadata }) => metadata.name);
  if (kind !== "runs") return;
  const { entries } = await liveSource(cluster, namespace).runs({ limit: RUNS_MAX });
  const byJob = Map.groupBy(entries, ({ job }) => job);
  yield [...byJob.values()].flatMap((runs) => runs.slice(0, RUNS_PER_JOB_MAX)).map(({ run }) => run);
}

/** Leaves out the last word, which is still being typed. */
function flagIn(words: readonly string[], ...names: readonly string[]): string | undefined {
  const typed = words.slice(0, -1);
  for (const [index, word] of typed.entries()) {
    const [name = "", value] = word.split("=", 2);
    if (names.includes(name)) return value ?? typed[index + 1];
  }
  return undefined;
}
