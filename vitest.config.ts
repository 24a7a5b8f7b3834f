import { defineConfig } from "vitest/config";

/** Where counts of passed and failed tests are also written as JSON, for the gate that adds the suites up. */
const reportFile = process.env.ERRAND_TEST_REPORT;

// `embedded`: everything that needs no cluster, the embedded API included. `cluster`: what Kubernetes decides, on the real one.
export default defineConfig({
  resolve: { alias: { errand: new URL("./runtime/index.ts", import.meta.url).pathname } },
  test: {
    sequence: { shuffle: true },
    setupFiles: ["test/guard/every-file.ts"],
    reporters: reportFile === undefined ? ["default"] : ["default", ["json", { outputFile: reportFile }]],
    projects: [
      {
        extends: true,
        test: {
          name: "embedded",
          include: ["test/**/*.test.ts"],
          exclude: ["test/cluster/**", "test/package/**"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/cluster/global-setup.ts"],
          // Its files wait for pods most of the time, so more of them than cores can.
          maxWorkers: 4,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: { name: "package", include: ["test/package/**/*.test.ts"], testTimeout: 180_000, hookTimeout: 180_000 },
      },
    ],
  },
});
