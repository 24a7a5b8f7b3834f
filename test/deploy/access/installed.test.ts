import { describe, expect, it } from "vitest";
import { declaredWhenDeployed } from "../../../deploy/access/declared-rights.ts";
import { fetchAccess } from "../../../deploy/access/fetch-access.ts";
import { embeddedTarget } from "../deploying/embedded-target.ts";
import { installJob, WAYS } from "./install-job.ts";

const connectTo = async (namespace: string) => (await embeddedTarget(namespace)).targetIn(namespace);

describe.each(WAYS)("a job that was installed by %s", (way) => {
  it("has its access compared when nothing is known of a deploy", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, way);
    const found = await fetchAccess(target, cronJob, await declaredWhenDeployed(target.api, cronJob));
    expect(found).toMatchObject({ serviceAccount: "ops/sweep", declaredIn: "role" });
    expect(found.rows).toEqual([
      {
        ...{ resource: "pods", namespace: "ops", used: {} },
        ...{ declared: ["list", "delete"], granted: ["list", "delete"], allowed: ["list", "delete"] },
      },
    ]);
    expect(found.notes).toEqual([expect.stringContaining("its Role counts as declared")]);
  });

  it("has what its Role lacks shown when its file is given", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, way);
    const right = { namespace: "ops", group: "", resource: "pods" };
    const rights = ["list", "delete", "get"].map((verb) => ({ ...right, verb }));
    const { rows, notes } = await fetchAccess(target, cronJob, { source: "file", rights });
    expect(rows).toMatchObject([
      { declared: ["get", "list", "delete"], granted: ["list", "delete"], allowed: ["list", "delete"] },
    ]);
    expect(notes).toEqual([]);
  });
});

describe("a Role of the job's name", () => {
  it("is no Role of the job when others have made it", async () => {
    const target = await connectTo("ops");
    const cronJob = await installJob(target, "helm");
    await target.api.apply(
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "sweep", namespace: "ops", labels: { "app.kubernetes.io/managed-by": "somebody" } },
      },
      { manager: "test", force: true },
    );
    const { declaredIn, rows } = await fetchAccess(target, cronJob, undefined);
    expect(declaredIn).toBeNull();
    expect(rows).toMatchObject([{ declared: [], granted: [], allowed: ["list", "delete"] }]);
  });
});
