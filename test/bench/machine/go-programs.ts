import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached } from "../../cluster/build/cache.ts";
import { mustRun } from "../../support/command.ts";

const MODULE = fileURLToPath(new URL("../../cluster/kubernetes/", import.meta.url));

/** Programs in Go that the bench needs. */
export interface GoPrograms {
  /** Runs and measures the others. */
  readonly measure: string;
  /** The works done with client-go. */
  readonly clientGo: string;
}

/** Builds them the first time, and takes them from the cache after that. */
export async function buildGoPrograms(): Promise<GoPrograms> {
  const sources = ["go.mod", "measure/main.go", "peer/main.go"].map((file) => readFile(join(MODULE, file)));
  const directory = await cached("bench", [...(await Promise.all(sources)), process.arch], async (into) => {
    const env = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" };
    for (const name of ["measure", "peer"]) {
      await mustRun(["go", "build", "-C", MODULE, "-ldflags=-s -w", "-o", join(into, name), `./${name}`], { env });
    }
  });
  return { measure: join(directory, "measure"), clientGo: join(directory, "peer") };
}
