import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { prepareJob } from "../../../deploy/project/prepare.ts";
import { recordDeploy } from "../../../deploy/release/revisions/record-deploy.ts";
import { embeddedTarget } from "../release/embedded-target.ts";

/** What a deployed job may take of the cluster's store, in bytes. Raised only together with what is worth the room. */
const CEILING = 124 * 1_024;

/** As the API server stores it: files as bytes, and not as text. */
function storedBytes(manifest: object): number {
  const { binaryData = {}, ...rest } = manifest as { readonly binaryData?: Readonly<Record<string, string>> };
  const files = Object.values(binaryData).map((text) => Buffer.from(text, "base64").length);
  return Buffer.byteLength(JSON.stringify(rest)) + files.reduce((sum, bytes) => sum + bytes, 0);
}

describe("a deployed job", () => {
  it("takes no more than 124 KiB of the cluster's store, including the record for a rollback, when it is pod-cleanup", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const job = await prepareJob(join(import.meta.dirname, "../../../jobs/pod-cleanup.ts"));
    const { name, bundle } = job;
    const deployed = { name, namespace: "team-a", revision: bundle.hash };
    const { client } = targetIn("team-a");
    const manifests = await recordDeploy(
      client,
      deployed,
      renderManifests({ ...job, namespace: "team-a" }),
      new Date(),
    );
    const bytes = manifests.reduce((sum, manifest) => sum + storedBytes(manifest), 0);
    expect(manifests.map(({ kind }) => kind)).toContain("CronJob");
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(CEILING);
  });
});
