import { describe, expect, it } from "vitest";
import { z } from "zod";
import { validateDefinition } from "../../../runtime/job/validate.ts";
import { smallCatalog } from "./small-catalog.ts";

const good = { kind: "errand/job", access: { pods: ["list", "delete"] }, run() {} };

function problemsOf(change: object): string[] {
  return validateDefinition({ ...good, ...change }, smallCatalog).map(({ field, message }) => `${field}: ${message}`);
}

describe("validateDefinition", () => {
  it.each([{ "pods/eviction": ["create"] }, { pods: ["deletecollection"] }])(
    "accepts a limit on delete for %j as well, which counts as a deletion",
    (access) => {
      expect(problemsOf({ access, limits: { delete: 3 } })).toEqual([]);
    },
  );

  it("accepts every field", () => {
    expect(
      problemsOf({
        description: "Deletes old pods",
        schedule: "*/5 * * * *",
        timeZone: "Europe/Berlin",
        params: z.object({}),
        secretParams: ["token"],
        result: z.object({}),
        access: {
          pods: { verbs: ["delete"], names: ["a"] },
          "pods/log": ["get"],
          "certificates.cert-manager.io": ["list"],
          "/metrics": ["get"],
          "/debug/*": ["get"],
        },
        scope: { namespaces: ["team-a"] },
        limits: { delete: { max: 3, share: 0.5, of: "all" } },
        rehearse: false,
        timeout: "1h30m",
        linger: "30s",
        retries: 2,
        concurrency: "replace",
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "1.5Gi" } },
        history: { successes: 1, failures: 2 },
        serviceAccountName: "cleaner",
      }),
    ).toEqual([]);
  });

  it.each([undefined, null, 7, "job"])("explains what a default export must be, not %j", (value) => {
    expect(validateDefinition(value, smallCatalog)).toEqual([
      { field: "export default", message: "must default-export defineJob(…)" },
    ]);
  });

  it("suggests defineJob for a plain object", () => {
    expect(validateDefinition({ access: {}, run() {} }, smallCatalog)[0]?.message).toMatch(
      /must default-export defineJob/,
    );
  });

  it.each([
    [{ acess: {} }, 'acess: unknown field; did you mean "access"?'],
    [{ run: 1 }, "run: expected a function: `async run({ kube }) { … }`"],
    [{ description: " " }, 'description: expected a non-empty string, got " "'],
    [
      { params: { olderThan: "1h" } },
      "params: expected a schema, such as z.object({ … }) from zod 4, or any other Standard Schema",
    ],
    [{ rehearse: "no" }, 'rehearse: expected true or false, got "no"'],
    [{ concurrency: "never" }, 'concurrency: expected one of forbid, allow, replace, got "never"'],
    [{ secretParams: "token" }, "secretParams: expected a list of parameter names"],
    [{ timeout: "5" }, 'timeout: "5" is not a duration: write a number with a unit, such as 90s, 15m, 1h30m or 2d'],
    [{ timeout: 300 }, 'timeout: "300" is not a duration: write a number with a unit, such as 90s, 15m, 1h30m or 2d'],
    [{ linger: "30" }, 'linger: "30" is not a duration: write a number with a unit, such as 90s, 15m, 1h30m or 2d'],
    [{ linger: "11m" }, 'linger: expected at most 10m, got "11m"'],
    [{ timeout: "10ms" }, 'timeout: expected at least 1s, got "10ms"'],
    [{ retries: 11 }, "retries: expected a whole number from 0 to 10, got 11"],
    [{ retries: 0.5 }, "retries: expected a whole number from 0 to 10, got 0.5"],
    [
      { history: { successes: -1 } },
      "history.successes: expected successes or failures with a whole number from 0 to 100",
    ],
    [{ access: undefined }, 'access: expected what the job may do, such as { pods: ["list"] }; {} for nothing'],
    [{ access: { pod: ["list"] } }, 'access.pod: unknown resource; did you mean "pods"?'],
    [
      { access: { widgets: ["list"] } },
      "access.widgets: unknown resource; write a custom one with its group: plural.group",
    ],
    [{ access: { pods: [] } }, 'access.pods: expected a list of verbs, such as ["list"]'],
    [
      { access: { pods: ["read"] } },
      'access.pods: pods has no verb "read"; it has get, list, watch, create, update, patch, delete, deletecollection',
    ],
    [{ access: { "pods/logs": ["get"] } }, 'access.pods/logs: pods has no subresource "logs"; it has log, eviction'],
    [{ access: { "pods/log": ["list"] } }, 'access.pods/log: pods/log has no verb "list"; it has get'],
    [
      { access: { pods: { verbs: ["get"], names: [] } } },
      "access.pods.names: expected a non-empty list of object names",
    ],
    [
      { access: { pods: { verbs: ["create"], names: ["a"] } } },
      'access.pods.names: "create" cannot be restricted to names; declare it without names',
    ],
    [{ scope: "all" }, 'scope: expected "namespace", "cluster" or { namespaces: ["team-a"] }'],
    [{ scope: { namespaces: ["Team A"] } }, 'scope.namespaces: "Team A" is not a valid namespace name'],
    [
      { serviceAccountName: "my_account" },
      'serviceAccountName: "my_account" is not a valid name: use lower-case letters, digits and dashes',
    ],
    [
      { limits: { remove: 1 } },
      "limits.remove: expected a verb that changes something: create, update, patch, delete, deletecollection",
    ],
    [{ limits: { create: 1 } }, 'limits.create: no rule in access has the verb "create", so this limits nothing'],
    [
      { access: { "/metrics": ["list"], pods: ["delete"] } },
      'access./metrics: expected ["get"]: a path that is not a resource can only be read',
    ],
    [
      { access: { "/../secrets": ["get"], pods: ["delete"] } },
      "access./../secrets: is not a path of the API server: write one such as /metrics, or /debug/* for everything below it",
    ],
    [{ limits: { delete: -1 } }, "limits.delete: expected a whole number of at least 0, or { max, share }"],
    [{ limits: { delete: { max: 1, share: 30 } } }, "limits.delete.share: expected a fraction above 0 and at most 1"],
    [{ limits: { delete: { max: 1, of: "all" } } }, 'limits.delete.of: expected "listed" or "all", beside a share'],
    [
      { limits: { delete: { max: 1, share: 0.5, of: "pods" } } },
      'limits.delete.of: expected "listed" or "all", beside a share',
    ],
    [{ limits: { delete: { max: 1, part: 0.5 } } }, "limits.delete.part: expected one of max, share, of"],
    [
      { resources: { limit: {} } },
      'resources.limit: expected requests or limits, such as { requests: { memory: "64Mi" } }',
    ],
    [
      { resources: { limits: { memory: "256MB" } } },
      "resources.limits.memory: expected cpu or memory with a quantity, such as 100m or 256Mi",
    ],
  ])("names the field and the expected value for %j", (change, message) => {
    expect(problemsOf(change)).toEqual([message]);
  });
});
