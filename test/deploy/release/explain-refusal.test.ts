import { expect, test } from "vitest";
import { PodFieldError, podFieldError } from "../../../deploy/release/explain-refusal.ts";
import { originsOf } from "../../../deploy/settings/merge.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";

/** As Kubernetes 1.37 answers. */
const START = "failed to create typed patch object (shop/sweep; batch/v1, Kind=CronJob): ";
const POD = ".spec.jobTemplate.spec.template.spec";

function answer(serverMessage: string): ApiError {
  return new ApiError("x", { code: 500, reason: "InternalError", serverMessage });
}

test("podFieldError names an unknown field, and the file that sets it", () => {
  const error = podFieldError(answer(`${START}${POD}.tolerationz: field not declared in schema`));
  const origins = originsOf([
    { source: "jobs/sweep.ts", values: { pod: { spec: { nodeSelector: { disk: "ssd" } } } } },
    { source: "errand.config.ts", values: { pod: { spec: { tolerationz: [{ key: "a" }] } } } },
  ]);
  expect(error).toMatchObject({
    exitCode: 64,
    hint: expect.stringContaining("in the job file, or in errand.config.ts"),
  });
  expect(error?.from(origins)).toMatchObject({
    message: "pod.spec.tolerationz: unknown field: nothing was applied",
    hint: expect.stringMatching(/^Correct `pod` in errand\.config\.ts; .*kubectl explain/),
    exitCode: 64,
  });
  expect(error?.from([])).toBe(error);
  expect(error?.job).toBe("sweep");
});

test("podFieldError names several fields in one line", () => {
  const problems = [
    `${POD}.containers[name="job"].foo: field not declared in schema`,
    `${POD}.tolerations: expected list, got &{x}`,
  ];
  const error = podFieldError(answer(`${START}errors:\n  ${problems.join("\n  ")}`));
  expect(error).toBeInstanceOf(PodFieldError);
  expect(error?.message).toBe(
    "pod.spec.containers[job].foo: unknown field; pod.spec.tolerations: expected list, got &{x}: nothing was applied",
  );
  const origins = originsOf([
    { source: "jobs/sweep.ts", values: { pod: { spec: { containers: [{ name: "job", foo: 1 }] } } } },
  ]);
  expect(error?.from(origins).hint).toContain("in jobs/sweep.ts;");
});

test("podFieldError ignores other errors", () => {
  expect(podFieldError(answer("etcdserver: request timed out"))).toBeUndefined();
  expect(podFieldError(answer(`${START}.spec.scheduel: field not declared in schema`))).toBeUndefined();
});
