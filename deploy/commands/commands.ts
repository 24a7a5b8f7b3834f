import type { ActionOf, Declaration } from "./declared/declare.ts";
import { BUILD, CHECK, DEPLOY, DIFF, NEW, RENDER, TYPES } from "./declared/delivering.ts";
import { HUB } from "./declared/hub.ts";
import {
  ACCESS,
  COMPARE,
  COMPLETION,
  HISTORY,
  PAUSE,
  PS,
  REMOVE,
  RESUME,
  ROLLBACK,
  STATUS,
  UI,
  WHY,
} from "./declared/operating.ts";
import { CANCEL, LOGS, RESULT, RETRY, RUN, TRIGGER } from "./declared/running.ts";

/** A command and how to run it. */
export interface LazyCommand {
  readonly declaration: Declaration;
  /** Loads the command and runs it. @param given its arguments, then its flags */
  readonly run: (...given: readonly unknown[]) => Promise<void>;
}

/** Every command, in the order of `--help`, which is that of a job's life. Only this list loads a command's code, when the command is called. */
export const COMMANDS: readonly LazyCommand[] = [
  lazy(NEW, async () => (await import("./write.ts")).createNew),
  lazy(CHECK, async () => (await import("./check.ts")).check),
  lazy(RENDER, async () => (await import("./render.ts")).render),
  lazy(BUILD, async () => (await import("./write.ts")).build),
  lazy(DIFF, async () => (await import("./diff.ts")).diff),
  lazy(DEPLOY, async () => (await import("./deploy.ts")).deploy),
  lazy(RUN, async () => (await import("./run.ts")).run),
  lazy(TRIGGER, async () => (await import("./trigger.ts")).trigger),
  lazy(RESULT, async () => (await import("./runs.ts")).result),
  lazy(LOGS, async () => (await import("./logs.ts")).logs),
  lazy(PS, async () => (await import("./ps.ts")).ps),
  lazy(STATUS, async () => (await import("./inspect.ts")).status),
  lazy(HISTORY, async () => (await import("./history.ts")).history),
  lazy(COMPARE, async () => (await import("./compare.ts")).compare),
  lazy(WHY, async () => (await import("./inspect.ts")).why),
  lazy(HUB, async () => (await import("./hub.ts")).hub),
  lazy(UI, async () => (await import("./ui.ts")).ui),
  lazy(PAUSE, async () => (await import("./schedule.ts")).pause),
  lazy(RESUME, async () => (await import("./schedule.ts")).resume),
  lazy(CANCEL, async () => (await import("./runs.ts")).cancel),
  lazy(RETRY, async () => (await import("./runs.ts")).retry),
  lazy(ROLLBACK, async () => (await import("./rollback.ts")).rollback),
  lazy(ACCESS, async () => (await import("./inspect.ts")).access),
  lazy(REMOVE, async () => (await import("./remove.ts")).remove),
  lazy(TYPES, async () => (await import("./write.ts")).types),
  lazy(COMPLETION, async () => (await import("./completion.ts")).completion),
];

/** What completion scripts call at each TAB; not a command for people. */
export async function completeNames(words: readonly string[]): Promise<void> {
  await (await import("./completion.ts")).completeNames(words);
}

function lazy<D extends Declaration>(declaration: D, load: () => Promise<ActionOf<D>>): LazyCommand {
  const run = async (...given: readonly unknown[]) => {
    const action: (...given: never) => Promise<void> = await load();
    await (action as (...given: readonly unknown[]) => Promise<void>)(...given);
  };
  return { declaration, run };
}
