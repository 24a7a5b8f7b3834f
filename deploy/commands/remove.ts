import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { describeReference } from "../cluster/references.ts";
import { connect } from "../project/connect.ts";
import { findObjectsOf, removeObjects } from "../release/remove-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { refuseActive } from "../runs/refuse-active.ts";
import { answer, table } from "../terminal/answer.ts";
import { confirm } from "../terminal/ask.ts";
import { CommandError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { REMOVE } from "./declared/operating.ts";

type RemoveFlags = FlagsOf<typeof REMOVE>;

export async function remove(word: string, flags: RemoveFlags): Promise<void> {
  const name = jobNameIn(word);
  const all = flags.all ?? false;
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const objects = await findObjectsOf(client, { name, namespace, all });
  if (objects.length === 0)
    throw new CommandError(`Namespace "${namespace}" has nothing of a job "${name}"`, {
      hint: `See what is there: errand ps -n ${namespace}`,
    });
  // Without a CronJob nothing tells a run from what only has its labels.
  if (!all && objects.some(({ kind }) => kind === "CronJob"))
    await refuseActive(cluster, name, "Wait for it, end it with errand cancel, or remove it as well with --all.");
  if (!flags.yes) {
    for (const object of objects) talk(describeReference(object));
    if (!(await confirm(`Remove these ${objects.length} objects from context ${cluster.context}?`))) return;
  }
  const left = new Map(
    (await removeObjects(client, objects, all)).map(({ object, why }) => [describeReference(object), why]),
  );
  const rows = objects.map((object) => {
    const why = left.get(describeReference(object));
    return [describeReference(object), why === undefined ? "removed" : `not removed: ${why}`];
  });
  const removed = objects.filter((object) => !left.has(describeReference(object)));
  answer(
    flags.output,
    removed.map(({ isUnseen: _unseen, ...object }) => object),
    () => table(["OBJECT", "CHANGE"], rows),
  );
  if (left.size === 0) return;
  throw new CommandError(`Not removed: ${[...left].map(([object, why]) => `${object} (${why})`).join("; ")}`, {
    hint: `Who is ServiceAccount ${namespace}/${name} has these rights, also the next of that name. Ask an administrator: errand remove ${name} -n ${namespace}`,
    exitCode: OUTCOMES.denied.exitCode,
  });
}
