import { hash } from "node:crypto";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * A test waits for conditions, and this is only where it gives up: some twenty times of what an idle machine needs, since the gate's may be slow,
 * cold and busy with others' work.
 */
const GIVE_UP_MS = { embedded: 120_000, browser: 300_000, cluster: 900_000, package: 900_000 };

function patience(project: keyof typeof GIVE_UP_MS) {
  const limit = GIVE_UP_MS[project];
  return { name: project, testTimeout: limit, hookTimeout: limit, expect: { poll: { timeout: limit / 2 } } };
}

// What tests start as processes of their own is compiled once: starting `errand` takes a third of the time then.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// esbuild is written in Go, whose collector takes a third of its time by default.
process.env.GOGC ??= "400";

// Its own tests say what a type check finds; before each deploy and run of the others it would only take seconds.
process.env.ERRAND_NO_TYPES ??= "1";

/** So long is a file that the other workers would wait for at the end, in milliseconds. */
const LONG_MS = 3_000;

/** In an order of the seed's, but what took long the last time comes first. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { cache, config } = this.ctx;
    const order = ({ moduleId }: TestSpecification) => hash("sha1", `${config.sequence.seed} ${moduleId}`);
    const length = (file: TestSpecification) =>
      Math.floor((cache.getTestSpecificationResult(file)?.duration ?? 0) / LONG_MS);
    return files.toSorted((a, b) => length(b) - length(a) || (order(a) < order(b) ? -1 : 1));
  }
}

// `embedded`: everything that needs no cluster, the embedded API included. `browser`: pages in a real one. `cluster`: what Kubernetes decides, on the real one.
export default defineConfig({
  resolve: { alias: { errand: new URL("./runtime/index.ts", import.meta.url).pathname } },
  test: {
    sequence: { shuffle: true, sequencer: LongFirst },
    // The guard makes each file leave the process as it found it. A process a file took a quarter of a second of CPU each.
    isolate: false,
    maxWorkers: "100%",
    setupFiles: ["test/guard/every-file.ts"],
    // The gate adds the suites up.
    reporters: [
      "default",
      "./.ci/file-times.mjs",
      ...(process.env.ERRAND_TEST_REPORT ? ["./.ci/count-tests.mjs"] : []),
    ],
    // To end the cluster with all that is in it; past it, vitest would end without.
    teardownTimeout: GIVE_UP_MS.embedded,
    projects: [
      {
        extends: true,
        test: {
          ...patience("embedded"),
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/cluster/**", "test/package/**"],
        },
      },
      {
        extends: true,
        test: {
          ...patience("cluster"),
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/cluster/global-setup.ts"],
          // Its files wait for pods most of the time, so more of them than cores can.
          maxWorkers: 4,
        },
      },
      {
        extends: true,
        test: { ...patience("browser"), include: ["test/browser/**/*.test.ts"] },
      },
      {
        extends: true,
        test: { ...patience("package"), include: ["test/package/**/*.test.ts"] },
      },
    ],
  },
});
