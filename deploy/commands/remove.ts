import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { connect } from "../project/load-config.ts";
import { findObjectsOf, type JobObject, removeObjects } from "../release/remove-job.ts";
import { jobNameIn, refuseActive } from "../runs/find-run.ts";
import { answer, table } from "../terminal/answer.ts";
import { confirm } from "../terminal/ask.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { REMOVE } from "./declared/operating.ts";

type RemoveFlags = FlagsOf<typeof REMOVE>;

export async function remove(namesOrFiles: readonly string[], flags: RemoveFlags): Promise<void> {
  const { all = false, dryRun = false } = flags;
  await using cluster = await connect(flags);
  const given = namesOrFiles.length > 0 ? namesOrFiles : [await nameOrChoice(cluster, undefined, "remove")];
  const names = [...new Set(given.map(jobNameIn))];
  const objects: JobObject[] = [];
  // All names must be right before anything is removed.
  for (const name of names) objects.push(...(await findRemovable(cluster, name, all)));
  if (dryRun) {
    const rows = objects.map((object) => [describeReference(object), "removed"]);
    answer(flags.output, objects.map(withoutNotes), () => table(["OBJECT", "WOULD BE"], rows));
    talk("Nothing was removed: this was a dry run.");
    return;
  }
  if (!flags.yes) {
    for (const object of objects) talk(describeReference(object));
    if (!(await confirm(`Remove these ${objects.length} objects from context ${cluster.context}?`))) return;
  }
  await removeAll(cluster, objects, names, flags);
}

async function findRemovable(cluster: Cluster, name: string, all: boolean): Promise<JobObject[]> {
  const { client, namespace } = cluster;
  const objects = await findObjectsOf(client, { name, namespace, all });
  if (objects.length === 0)
    throw new UsageError(`Namespace "${namespace}" has no objects of a job "${name}"`, {
      hint: `See what is there: errand ps -n ${namespace}`,
    });
  // Without a CronJob nothing distinguishes a run from a Job that only has its labels.
  if (!all && objects.some(({ kind }) => kind === "CronJob"))
    await refuseActive(cluster, name, "Wait for it, end it with errand cancel, or remove it too with --all.");
  return objects;
}

/** @throws {CommandError} if something is left, since its rights are left too */
async function removeAll(
  { client, namespace }: Cluster,
  objects: readonly JobObject[],
  names: readonly string[],
  { all = false, output }: RemoveFlags,
): Promise<void> {
  const left = new Map(
    (await removeObjects(client, objects, all)).map(({ object, why }) => [describeReference(object), why]),
  );
  const rows = objects.map((object) => {
    const why = left.get(describeReference(object));
    return [describeReference(object), why === undefined ? "removed" : `not removed: ${why}`];
  });
  const removed = objects.filter((object) => !left.has(describeReference(object)));
  answer(output, removed.map(withoutNotes), () => table(["OBJECT", "CHANGE"], rows));
  if (left.size === 0) return;
  throw new CommandError(`Not removed: ${[...left].map(([object, why]) => `${object} (${why})`).join("; ")}`, {
    hint: `ServiceAccount ${namespace}/${names.join(" or ")} keeps these rights, and so would a new one of that name. Ask an administrator to run: errand remove ${names.join(" ")} -n ${namespace}`,
    exitCode: OUTCOMES.denied.exitCode,
  });
}

function withoutNotes({ isUnseen: _unseen, ...object }: JobObject) {
  return object;
}
