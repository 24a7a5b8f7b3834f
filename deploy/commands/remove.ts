import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

interface RemoveFlags extends ClusterFlags, OutputFlags {
  readonly all?: true;
  readonly yes?: true;
}

export function addRemoveCommand(program: Command): void {
  const command = program
    .command("remove")
    .description("take a job out of a cluster: exactly what deploy made; its finished runs stay to be read")
    .argument("<job>", "name of the job, or its file")
    .option("--all", "its runs too, and what they left")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", "\nExample: errand remove pod-cleanup -n ops")
    .action(remove);
  addOutputFlag(addClusterFlags(command));
}

async function remove(word: string, flags: RemoveFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { findObjectsOf, removeObjects } = await import("../release/remove-job.ts");
  const { describeReference } = await import("../cluster/resource-path.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { refuseActive } = await import("../runs/refuse-active.ts");
  const { answer, table } = await import("../terminal/answer.ts");
  const { confirm } = await import("../terminal/confirm.ts");
  const { talk } = await import("../terminal/talk.ts");
  const { CommandError } = await import("../terminal/command-error.ts");
  const { OUTCOMES } = await import("../../runtime/run/report/outcome.ts");
  const name = jobNameIn(word);
  const all = flags.all ?? false;
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const objects = await findObjectsOf(api, { name, namespace, all });
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
    (await removeObjects(api, objects, all)).map(({ object, why }) => [describeReference(object), why]),
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
