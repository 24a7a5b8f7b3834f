// `npm run bench`: what errand and its peers take for the same work on the same API server. Prints figures, asserts nothing.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "./figures.ts";
import { Meter, type Place } from "./machine/measure.ts";
import { openStage } from "./open-stage.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { runWork } from "./run-work.ts";
import { renderTable } from "./table.ts";

const tell = (line: string) => process.stderr.write(`${line}\n`);

async function bench(options: Options): Promise<readonly Figure[]> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "errand-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const stage = await openStage(options, folder, cleanUp);
  const meterIn = (place: Place) => cleanUp.use(new Meter(stage.goPrograms.measure, place));
  const meters = {
    cluster: stage.cluster && meterIn(stage.cluster.place),
    // Commands run where people do, and not in the cluster's network.
    command: stage.commandLine && meterIn({}),
  };
  const all: Figure[] = [];
  for (const work of options.works) {
    tell(`${work.name} …`);
    const meter = work.command === undefined ? meters.cluster : meters.command;
    if (meter === undefined) continue;
    const { figures, missing } = await runWork(work, { stage, meter, runs: options.runs ?? work.runs, tell });
    all.push(...figures);
    process.stdout.write(`${renderTable(work, figures)}\n`);
    for (const line of missing) process.stdout.write(`  no figure for ${line}\n`);
    // A peer may be missing; what is measured here may not.
    if (missing.some((line) => line.startsWith("errand"))) process.exitCode = 1;
    process.stdout.write("\n");
  }
  return all;
}

try {
  const options = readOptions(process.argv.slice(2));
  const figures = await bench(options);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  if (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) tell(`\n${USAGE}`);
  process.exitCode = 1;
}
