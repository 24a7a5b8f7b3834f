import { expect, it } from "vitest";
import { bundleHub } from "../../../../deploy/hub/install/hub-manifests.ts";

/** What a ConfigMap may hold, in bytes of its files: Kubernetes takes 1 MiB, of which base64 takes a quarter, and labels and managers' fields some more. */
const BYTES_MAX = 384 * 1_024;

it("the hub's bundle is far below a ConfigMap's limit, and has no code of the command line", async () => {
  const { size, inputs, hash, warnings } = await bundleHub();
  expect(warnings).toEqual([]);
  expect(size.shippedBytes).toBeLessThan(BYTES_MAX);
  const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  for (const name of ["esbuild", "commander", "yaml", "@clack/prompts", "zod", "diff"])
    expect(packages).not.toContain(name);
  expect((await bundleHub()).hash).toBe(hash);
});
