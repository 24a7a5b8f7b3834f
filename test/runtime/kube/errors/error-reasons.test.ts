import { expect, test } from "vitest";
import {
  DryRunError,
  KubeError,
  LimitExceededError,
  NotDeclaredError,
  NotInClusterError,
  NotPlannedError,
  OutOfScopeError,
  PlanChangedError,
  TransportError,
  WaitTimeoutError,
} from "../../../../runtime/kube/errors/kube-error.ts";

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
