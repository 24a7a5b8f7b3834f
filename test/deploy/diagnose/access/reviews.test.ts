import { expect, test } from "vitest";
import type { Cluster } from "../../../../deploy/cluster/connect.ts";
import { fetchAccess } from "../../../../deploy/diagnose/access/fetch-access.ts";
import type { CronJobObject } from "../../../../deploy/runs/find-job.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";

const CRON_JOB = { metadata: { name: "clean", namespace: "ops" } } as CronJobObject;
const DECLARED = { source: "file", rights: [{ namespace: "ops", group: "", resource: "pods", verb: "list" }] } as const;

/** A cluster whose person may impersonate, and may not create SubjectAccessReviews; it lists these rules. */
function clusterThatLists(status: object): Pick<Cluster, "api" | "namespace"> {
  const send = async ({ attributes }: KubeRequest) => {
    if (attributes?.resource === "subjectaccessreviews") {
      const { ApiError } = await import("../../../../runtime/kube/errors/api-error.ts");
      throw new ApiError("forbidden", { code: 403, reason: "Forbidden" });
    }
    return { status: 201, headers: {}, json: { status } };
  };
  const list = async () => [];
  const api = { send, get: async () => undefined, list };
  return { api: api as unknown as Cluster["api"], namespace: "ops" };
}

test("fetchAccess says that a declared right is missing when the whole list has it not [K6]", async () => {
  const { rows } = await fetchAccess(clusterThatLists({ resourceRules: [] }), CRON_JOB, DECLARED);
  expect(rows).toMatchObject([{ resource: "pods", allowed: [] }]);
});

test("fetchAccess does not take for refused what an incomplete list leaves out [K6]", async () => {
  const { rows, notes } = await fetchAccess(
    clusterThatLists({ resourceRules: [], incomplete: true, evaluationError: "webhook cannot list" }),
    CRON_JOB,
    DECLARED,
  );
  expect(rows).toMatchObject([{ resource: "pods", allowed: null }]);
  expect(notes).toContainEqual(expect.stringContaining("not known as a whole"));
});
