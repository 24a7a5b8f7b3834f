import { expect, test } from "vitest";
import { DryRunError } from "../../../../runtime/kube/errors/dry-run-error.ts";
import { KubeError } from "../../../../runtime/kube/errors/kube-error.ts";
import { LimitExceededError } from "../../../../runtime/kube/errors/limit-exceeded-error.ts";
import { NotDeclaredError } from "../../../../runtime/kube/errors/not-declared-error.ts";
import { NotInClusterError } from "../../../../runtime/kube/errors/not-in-cluster-error.ts";
import { OutOfScopeError } from "../../../../runtime/kube/errors/out-of-scope-error.ts";
import { NotPlannedError, PlanChangedError } from "../../../../runtime/kube/errors/plan-errors.ts";
import { TransportError } from "../../../../runtime/kube/errors/transport-error.ts";
import { WaitTimeoutError } from "../../../../runtime/kube/errors/wait-timeout-error.ts";

// Programs and reports go by these words: to change one is to break them.
test.each([
  ["TransportError", "Unreachable", new TransportError("x", { code: "y", sent: false, outcomeUnknown: false })],
  ["NotDeclaredError", "NotDeclared", new NotDeclaredError("x")],
  ["OutOfScopeError", "NotDeclared", new OutOfScopeError("x")],
  ["LimitExceededError", "LimitExceeded", new LimitExceededError("x", { verb: "delete", resource: "pods", max: 1 })],
  ["DryRunError", "NoDryRun", new DryRunError("x")],
  ["WaitTimeoutError", "WaitTimeout", new WaitTimeoutError("x")],
  ["NotInClusterError", "NotInCluster", new NotInClusterError("x")],
  ["NotPlannedError", "NotPlanned", new NotPlannedError("x")],
  ["PlanChangedError", "PlanChanged", new PlanChangedError("x")],
])("a %s has the reason %s [E10]", (name, reason, error) => {
  expect(error).toBeInstanceOf(KubeError);
  expect(error).toBeInstanceOf(Error);
  expect({ name: error.name, reason: error.reason }).toEqual({ name, reason });
});
