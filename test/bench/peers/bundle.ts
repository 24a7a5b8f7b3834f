// Makes a bundle and prints how many bytes it has compressed. Usage: bundle.ts errand|errand-zod|client-node
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { bundleJob } from "../../support/bundle-job.ts";
import { benchFile, writeClientNodeBundle } from "../machine/bundles.ts";

const BUNDLES: Readonly<Record<string, () => Promise<number>>> = {
  errand: async () => (await bundleJob(benchFile("jobs/first.ts"))).size.shippedBytes,
  "errand-zod": async () => (await bundleJob(benchFile("../../jobs/pod-cleanup.ts"))).size.shippedBytes,
  "client-node": async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-bench-"));
    try {
      return brotliCompressSync(await readFile(await writeClientNodeBundle(folder))).length;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const bundle = BUNDLES[process.argv[2] ?? ""];
if (bundle === undefined) throw new Error(`expected one of ${Object.keys(BUNDLES).join(", ")}`);
console.log(JSON.stringify({ count: await bundle() }));
