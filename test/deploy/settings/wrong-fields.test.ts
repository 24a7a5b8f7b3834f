import { describe, expect, it } from "vitest";
import { findScheduleProblems } from "../../../deploy/schedule/schedule.ts";
import type { Config } from "../../../deploy/settings/define-config.ts";
import { findOwnFieldProblems } from "../../../deploy/settings/own-fields.ts";
import { findConfigProblems } from "../../../deploy/settings/validate-settings.ts";
import type { JobDefinition } from "../../../runtime/job/definition.ts";
import { validateDefinition } from "../../../runtime/job/validate.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";

type Wrong = readonly [value: unknown, message: RegExp];

/** A wrong value of each field: one that is missing here does not compile. */
const JOB_FIELDS: Record<keyof JobDefinition, Wrong> = {
  kind: ["job", /must default-export defineJob/],
  description: ["", /non-empty/],
  schedule: ["0 0 * * 7", /"7" is not a valid weekday/],
  timeZone: ["Europe/Berlinn", /is not a time zone/],
  params: [{ olderThan: "1h" }, /expected a schema/],
  secretParams: ["token", /expected a list/],
  result: [1, /expected a schema/],
  access: [{ podz: ["list"] }, /unknown resource/],
  scope: ["everywhere", /expected/],
  limits: [{ list: "many" }, /./],
  cascades: ["yes", /expected true or false/],
  rehearse: ["no", /expected true or false/],
  timeout: ["soon", /duration/],
  linger: ["soon", /duration/],
  retries: [-1, /expected/],
  concurrency: ["never", /expected one of forbid, allow, replace/],
  resources: [{ memory: "much" }, /expected requests or limits/],
  history: [{ successes: -1 }, /expected/],
  serviceAccountName: [7, /expected a non-empty string/],
  env: [{ "NOT A NAME": "" }, /expected|name/],
  secrets: [{ token: "billing" }, /expected/],
  http: [["https://hooks.slack.com/x"], /the host alone/],
  egress: [[{ cidr: "here" }], /expected/],
  metrics: ["yes", /expected true or false/],
  alerts: [{ failure: 2 }, /unknown rule; did you mean "failures"/],
  pod: [{ spec: { restartPolicy: "Always" } }, /is errand.s own/],
  run: ["later", /expected a function/],
};

const SETTINGS: Record<keyof Config, Wrong> = {
  namespace: [" ", /non-empty/],
  context: [7, /expected a non-empty string/],
  image: ["", /non-empty/],
  bundledImage: [null, /expected a non-empty string/],
  external: [["../sharp"], /package names/],
  nodeVersion: ["24", /major version/],
  labels: [{ team: "a b" }, /expected|label/],
  annotations: [{ team: 7 }, /expected/],
  resources: [{ cpu: "fast" }, /expected|quantity/],
  env: [{ A: 1 }, /expected/],
  queue: ["", /non-empty/],
  mesh: ["off", /expected true or false/],
  apiServer: [["10.0.0.1"], /address ranges/],
  alerts: [{ overdue: 10 }, /expected a duration/],
  hub: [{ channels: { ops: { kind: "mail" } } }, /expected one of webhook, slack, alertmanager/],
  pod: [{ spec: { serviceAccountName: "mine" } }, /is errand.s own/],
  jobs: [{ sweep: { param: {} } }, /cannot be set for a single job/],
  environments: [["staging"], /settings by name/],
};

describe("a job file's field", () => {
  const good = { kind: "errand/job", access: { pods: ["list"] }, run() {} };

  it.each(Object.entries(JOB_FIELDS))(
    "%s is named with the expected value when it is wrong",
    (field, [value, message]) => {
      const definition = { ...good, [field]: value };
      const { schedule, timeZone, pod } = definition as { schedule?: string; timeZone?: string; pod?: object };
      const problems = [
        ...validateDefinition(definition, builtinCatalog),
        ...findScheduleProblems({
          ...(schedule === undefined ? {} : { schedule }),
          ...(timeZone === undefined ? {} : { timeZone }),
        }),
        ...findOwnFieldProblems(pod),
      ];
      const place = field === "kind" ? "export default" : field;
      expect(problems).toContainEqual({
        field: expect.stringMatching(new RegExp(`^${place}`)),
        message: expect.stringMatching(message),
      });
    },
  );

  it("may be left out unless it is required", () => {
    expect(validateDefinition(good, builtinCatalog)).toEqual([]);
  });
});

describe("a setting of errand.config.ts", () => {
  it("image is refused when it is not a valid name, and bundledImage when it has unknown placeholders", () => {
    const wrong = { image: "Bad Image", bundledImage: "registry.example/{jb}:{revision}" };
    expect(findConfigProblems(wrong).map(({ field }) => field)).toEqual(["image", "bundledImage"]);
    const right = {
      image: "registry.example:5000/node@sha256:0a1b",
      bundledImage: "registry.example/{job}:{revision}",
    };
    expect(findConfigProblems(right)).toEqual([]);
  });

  it.each(Object.entries(SETTINGS))(
    "%s is named with the expected value when it is wrong",
    (field, [value, message]) => {
      const wrong = { field: expect.stringMatching(new RegExp(`^${field}`)), message: expect.stringMatching(message) };
      expect(findConfigProblems({ [field]: value })).toContainEqual(wrong);
      if (field === "environments") return;
      const inEnvironment = {
        ...wrong,
        field: expect.stringMatching(new RegExp(`^environments\\.staging\\.${field}`)),
      };
      expect(findConfigProblems({ environments: { staging: { [field]: value } } })).toContainEqual(inEnvironment);
    },
  );
});
