import { expect, test } from "vitest";
import type { Cluster } from "../../../../deploy/cluster/connect.ts";
import { fetchAccess } from "../../../../deploy/diagnose/access/fetch-access.ts";
import type { CronJobObject } from "../../../../deploy/runs/find-job.ts";
import { clientOver } from "../../../../runtime/kube/connected-client.ts";
import { FORBIDDEN, NOT_FOUND, scriptedServer } from "../../cluster/scripted-server.ts";

const CRON_JOB = { metadata: { name: "clean", namespace: "ops" } } as CronJobObject;
const DECLARED = { source: "file", rights: [{ namespace: "ops", group: "", resource: "pods", verb: "list" }] } as const;

/** A cluster whose person may impersonate, and may not create SubjectAccessReviews; it lists these rules. */
function clusterThatLists(status: object): Pick<Cluster, "client" | "namespace"> {
  const { send } = scriptedServer((request) => {
    if (request.attributes?.resource === "subjectaccessreviews") return FORBIDDEN;
    if (request.attributes?.verb === "get") return NOT_FOUND;
    if (request.method === "GET") return { body: { items: [] } };
    return { code: 201, body: { status } };
  });
  return { client: clientOver(send, { namespace: "ops" }), namespace: "ops" };
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
  expect(notes).toContainEqual(expect.stringContaining("cannot see everything else"));
});
