import { describe, expect, it } from "vitest";
import { readNamespaces, selectNamespaces } from "../../../deploy/cluster/choose-namespaces.ts";
import { describeTargets } from "../../../deploy/commands/answers/describe-release.ts";
import { deployJobs } from "../../../deploy/release/deploy-jobs.ts";
import { deployToNamespaces, exitCodeOfTargets } from "../../../deploy/release/deploy-to-namespaces.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import type { Send } from "../../../runtime/kube/requests/request.ts";
import { embeddedTarget, preparedJob, stateOf } from "./embedded-target.ts";

const OPTIONS = { dryRun: false, force: false };
const sweep = preparedJob("sweep", { access: { pods: ["list"] } });
const count = preparedJob("count", { access: {} });

describe("deployToNamespaces", () => {
  it("completes the other namespaces and reports each when one fails", async () => {
    const { cluster, targetIn } = await embeddedTarget("team-a", "team-b", "team-c");
    const earlier = preparedJob("sweep", { access: {} }, "e".repeat(10));
    await deployJobs(targetIn("team-b"), [earlier], OPTIONS);
    // Somebody else's object of the second job's name: then the first one may not be touched either.
    cluster.applyObjects([
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "count", namespace: "team-b" } },
    ]);
    const untouched = await stateOf(targetIn("team-b"), "sweep");
    const results = await deployToNamespaces(targetIn(""), ["team-a", "team-b", "team-c"], [sweep, count], OPTIONS);
    expect(
      describeTargets(results, false)
        .split("\n")
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ["NAMESPACE", "JOB", "REVISION THERE", "RESULT"],
      ["team-a", "sweep", "0123456789", "5 created"],
      ["team-a", "count", "0123456789", "3 created"],
      ["team-b", "sweep", "eeeeeeeeee", "not applied"],
      ["team-b", "count", "none", "failed"],
      ["team-c", "sweep", "0123456789", "5 created"],
      ["team-c", "count", "0123456789", "3 created"],
    ]);
    expect(results[1]?.error?.message).toContain("ServiceAccount team-b/count exists and was not created by errand");
    expect(exitCodeOfTargets(results)).toBe(64);
    expect(await stateOf(targetIn("team-b"), "sweep")).toEqual(untouched);
  });

  it("applies and warns when the cluster does not serve a resource", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const typo = preparedJob("typo", { access: { "deployments.app": ["list"], pods: ["list"] } });
    const [deployed] = await deployJobs(targetIn("team-a"), [typo], OPTIONS);
    expect(deployed?.warnings).toEqual([expect.stringMatching(/^typo: access: deployments\.app: /)]);
    expect(deployed?.changes).toHaveLength(5);
    const [good] = await deployJobs(targetIn("team-a"), [sweep], OPTIONS);
    expect(good).not.toHaveProperty("warnings");
  });

  it("reports every job as failed when the error is not about a single job", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const results = await deployToNamespaces(targetIn(""), ["nowhere"], [sweep, count], OPTIONS);
    expect(results[0]?.present.map(({ job, state }) => [job, state])).toEqual([
      ["sweep", "failed"],
      ["count", "failed"],
    ]);
  });

  it.each([
    ["first", "serviceaccounts", "partlyApplied"],
    ["last", "cronjobs", "applied"],
  ])("reports how far the other jobs came when one fails at its %s object", async (_which, resource, others) => {
    const begun = new Set<string>();
    const { promise: areOthersDone, resolve } = Promise.withResolvers<void>();
    const refuseLater: (send: Send) => Send = (send) => async (request) => {
      const isDry = request.query.some(([name]) => name === "dryRun");
      if (request.method !== "PATCH" || isDry || !request.path.includes(`/${resource}/`)) return await send(request);
      if (!request.path.endsWith("/count")) {
        const answer = await send(request);
        if (resource === "cronjobs" && begun.add(request.path).size === 2) setImmediate(resolve);
        return answer;
      }
      if (resource === "cronjobs") await areOthersDone;
      throw new ApiError("too late", { code: 503, reason: "ServiceUnavailable" });
    };
    const { targetIn } = await embeddedTarget("team-a");
    const more = preparedJob("zap", { access: {} });
    const [result] = await deployToNamespaces(targetIn("", refuseLater), ["team-a"], [sweep, count, more], OPTIONS);
    expect(result?.present.map(({ job, state }) => [job, state])).toEqual([
      ["sweep", others],
      ["count", "failed"],
      ["zap", others],
    ]);
  });

  it("reports as unknown what it may not read", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    const refused: (send: Send) => Send = (send) => async (request) => {
      if (!request.path.includes("/cronjobs/")) return await send(request);
      throw new ApiError("no", { code: 403, reason: "Forbidden" });
    };
    const results = await deployToNamespaces(targetIn("team-a", refused), ["team-a"], [sweep], OPTIONS);
    expect(results[0]?.present).toEqual([{ job: "sweep", unknown: true, state: "failed" }]);
    expect(describeTargets(results, false)).toMatch(/team-a +sweep +unknown +failed$/);
  });

  it("reports unchanged, and exits with 0, when everything is there already", async () => {
    const { targetIn } = await embeddedTarget("team-a");
    await deployToNamespaces(targetIn(""), ["team-a"], [sweep], OPTIONS);
    const again = await deployToNamespaces(targetIn(""), ["team-a"], [sweep], OPTIONS);
    expect(describeTargets(again, false)).toMatch(/team-a +sweep +0123456789 +unchanged$/);
    expect(exitCodeOfTargets(again)).toBe(0);
  });
});

describe("exitCodeOfTargets", () => {
  it("is 1 when failures have different codes", () => {
    const failed = (exitCode: number) => ({ namespace: "a", error: { message: "", exitCode }, present: [] });
    expect(exitCodeOfTargets([failed(64), failed(77), { namespace: "b", present: [] }])).toBe(1);
    expect(exitCodeOfTargets([failed(77), failed(77)])).toBe(77);
  });
});

describe("readNamespaces", () => {
  it("gives each name once, and undefined when there is none", () => {
    expect(readNamespaces({ namespaces: "team-b,team-a,team-b" })).toEqual(["team-b", "team-a"]);
    expect(readNamespaces({ namespace: "ops" })).toEqual(["ops"]);
    expect(readNamespaces({})).toBeUndefined();
  });

  it.each([
    [{ namespaces: "team-a,,team-b" }, '--namespaces: "" is not a valid namespace name'],
    [{ namespaces: "team-a, team-b" }, '--namespaces: " team-b" is not a valid namespace name'],
    [{ namespaces: "Team" }, '"Team" is not a valid namespace name'],
    [{ namespaces: "a", namespace: "b" }, "-n and --namespaces exclude each other"],
    [{ namespaces: "a", namespaceSelector: "b" }, "--namespaces and --namespace-selector exclude each other"],
    [{ namespaceSelector: " " }, "--namespace-selector is empty"],
  ])("refuses %j", (flags, message) => {
    expect(() => readNamespaces(flags)).toThrow(message);
  });
});

describe("selectNamespaces", () => {
  it("gives those with the labels, and fails when there are none", async () => {
    const { cluster, targetIn } = await embeddedTarget("team-a", "team-b");
    cluster.applyObjects([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "team-c", labels: { team: "c" } } },
    ]);
    const { client } = targetIn("team-a");
    expect(await selectNamespaces(client, "team=c")).toEqual(["team-c"]);
    await expect(selectNamespaces(client, "team=d")).rejects.toThrow(
      "No namespace has the labels team=d: nothing was applied",
    );
  });
});
