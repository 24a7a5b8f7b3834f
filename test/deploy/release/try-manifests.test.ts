import { describe, expect, it } from "vitest";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import type { Send } from "../../../runtime/kube/requests/request.ts";
import { embeddedTarget, preparedJob, stateOf } from "./embedded-target.ts";

const OPTIONS = { dryRun: false, force: false };
const SETTINGS: JobSettings = { access: { pods: ["list"] }, schedule: "@daily" };
const JOBS = ["sweep", "report"].map((name) => preparedJob(name, SETTINGS));

async function targetWith(hard: Record<string, string>, used: Record<string, string>) {
  const { cluster, targetIn } = await embeddedTarget("ops");
  const metadata = { name: "tight", namespace: "ops" };
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard }, status: { hard, used } };
  cluster.applyObjects([quota]);
  return targetIn;
}

describe("tryManifests", () => {
  it.each([
    [
      "count/configmaps",
      { "count/configmaps": "4" },
      { "count/configmaps": "3" },
      "1 more count/configmaps, but 2 are needed (3 of 4 used)",
    ],
    ["its older name", { configmaps: "1k" }, { configmaps: "1k" }, "0 more configmaps"],
    [
      "a resource with a group",
      { "count/roles.rbac.authorization.k8s.io": "1" },
      {},
      "1 more count/roles.rbac.authorization.k8s.io",
    ],
  ])(
    "refuses a deploy of two jobs before the first write when %s has room for less",
    async (_case, hard, used, said) => {
      const target = (await targetWith(hard, used as Record<string, string>))("ops");
      await expect(deployJobs(target, JOBS, OPTIONS)).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(
            `^Quota "tight" in namespace "ops" has room for ${said.replaceAll(/[()]/g, "\\$&")}.*nothing was applied$`,
          ),
        ),
      });
      expect(await stateOf(target, "sweep")).toEqual([]);
    },
  );

  it("lets a deploy through when there is room, and when what it counts is there already", async () => {
    const target = (await targetWith({ "count/configmaps": "5" }, { "count/configmaps": "3" }))("ops");
    await deployJobs(target, JOBS, OPTIONS);
    const full = (await targetWith({ "count/configmaps": "5" }, { "count/configmaps": "3" }))("ops");
    await deployJobs(full, JOBS, OPTIONS);
    await expect(deployJobs(full, JOBS, OPTIONS)).resolves.toHaveLength(2);
  });

  it("goes on without it when the person may not read quotas", async () => {
    const targetIn = await targetWith({ "count/configmaps": "4" }, { "count/configmaps": "3" });
    const forbidding = (send: Send): Send => {
      return async (request) => {
        if (request.path.includes("resourcequotas")) throw new ApiError("no", { code: 403, reason: "Forbidden" });
        return await send(request);
      };
    };
    await expect(deployJobs(targetIn("ops", forbidding), JOBS, OPTIONS)).resolves.toHaveLength(2);
  });
});
