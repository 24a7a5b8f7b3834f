import type { ActionOf, Declaration } from "./declared/declare.ts";
import { BUILD, CHECK, DEPLOY, DIFF, NEW, RENDER, TYPES } from "./declared/delivering.ts";
import { ACCESS, COMPLETION, HISTORY, PAUSE, PS, REMOVE, RESUME, ROLLBACK, STATUS, WHY } from "./declared/operating.ts";
import { CANCEL, LOGS, RESULT, RETRY, RUN, TRIGGER } from "./declared/running.ts";

/** A command, and how it is carried out. */
export interface LazyCommand {
  readonly declaration: Declaration;
  /** Loads it, and runs it. @param given its words, then its flags */
  readonly run: (...given: readonly unknown[]) => Promise<void>;
}

/** Every command, in the order in which `--help` lists them: that of a job's life. This is the one place that loads what a command does, when it is called. */
export const COMMANDS: readonly LazyCommand[] = [
  lazy(NEW, async () => (await import("./new.ts")).createNew),
  lazy(CHECK, async () => (await import("./check.ts")).check),
  lazy(RENDER, async () => (await import("./render.ts")).render),
  lazy(BUILD, async () => (await import("./build.ts")).build),
  lazy(DIFF, async () => (await import("./diff.ts")).diff),
  lazy(DEPLOY, async () => (await import("./deploy.ts")).deploy),
  lazy(RUN, async () => (await import("./run.ts")).run),
  lazy(TRIGGER, async () => (await import("./trigger.ts")).trigger),
  lazy(RESULT, async () => (await import("./result.ts")).result),
  lazy(LOGS, async () => (await import("./logs.ts")).logs),
  lazy(PS, async () => (await import("./ps.ts")).ps),
  lazy(STATUS, async () => (await import("./status.ts")).status),
  lazy(HISTORY, async () => (await import("./history.ts")).history),
  lazy(WHY, async () => (await import("./why.ts")).why),
  lazy(PAUSE, async () => (await import("./pause.ts")).pause),
  lazy(RESUME, async () => (await import("./resume.ts")).resume),
  lazy(CANCEL, async () => (await import("./cancel.ts")).cancel),
  lazy(RETRY, async () => (await import("./retry.ts")).retry),
  lazy(ROLLBACK, async () => (await import("./rollback.ts")).rollback),
  lazy(ACCESS, async () => (await import("./access.ts")).access),
  lazy(REMOVE, async () => (await import("./remove.ts")).remove),
  lazy(TYPES, async () => (await import("./types.ts")).types),
  lazy(COMPLETION, async () => (await import("./completion.ts")).completion),
];

function lazy<D extends Declaration>(declaration: D, load: () => Promise<ActionOf<D>>): LazyCommand {
  const run = async (...given: readonly unknown[]) => {
    const action: (...given: never) => Promise<void> = await load();
    await (action as (...given: readonly unknown[]) => Promise<void>)(...given);
  };
  return { declaration, run };
}
