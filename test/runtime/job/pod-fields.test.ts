import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../runtime/job/validate.ts";
import { smallCatalog } from "./small-catalog.ts";

const problemsOf = (fields: object) =>
  validateDefinition({ kind: "errand/job", access: {}, run: () => undefined, ...fields }, smallCatalog);

describe("validateDefinition", () => {
  it("accepts valid env, secrets, egress and pod", () => {
    const fields = {
      env: { LOG_LEVEL: "debug" },
      secrets: { token: "billing.v1/TOKEN_1", other: "x/y.z" },
      egress: [
        { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"], ports: [443] },
        { cidr: "2001:db8::/32" },
        { pods: { app: "db" } },
        { namespaces: {}, pods: {} },
      ],
      pod: { spec: { nodeSelector: { disk: "ssd" } } },
    };
    expect(problemsOf(fields)).toEqual([]);
  });

  it.each([
    [{ env: [] }, "env"],
    [{ env: { "A-B": "x" } }, "env.A-B"],
    [{ env: { A: 1 } }, "env.A"],
    [{ env: { ERRAND_JOB: "x" } }, "env.ERRAND_JOB"],
    [{ env: { NODE_OPTIONS: "x" } }, "env.NODE_OPTIONS"],
    [{ secrets: ["billing/token"] }, "secrets"],
    [{ secrets: { token: "billing" } }, "secrets.token"],
    [{ secrets: { token: "Billing/token" } }, "secrets.token"],
    [{ secrets: { "../token": "billing/token" } }, "secrets.../token"],
    [{ egress: {} }, "egress"],
    [{ egress: [{}] }, "egress[0]"],
    [{ egress: [{ cidr: "10.0.0.0" }] }, "egress[0].cidr"],
    [{ egress: [{ cidr: "10.0.0.0/33" }] }, "egress[0].cidr"],
    [{ egress: [{ cidr: "10.0.0.0/8", pods: {} }] }, "egress[0]"],
    [{ egress: [{ cidr: "10.0.0.0/8", except: ["x"] }] }, "egress[0].except"],
    [{ egress: [{ pods: { app: 1 } }] }, "egress[0].pods"],
    [{ egress: [{ pods: {}, ports: [0] }] }, "egress[0].ports"],
    [{ egress: [{ pods: {}, ports: [] }] }, "egress[0].ports"],
    [{ egress: [{ pods: {}, port: 1 }] }, "egress[0].port"],
    [{ pod: [] }, "pod"],
    [{ pod: "x" }, "pod"],
  ])("names the field and the expected value for %j", (fields, field) => {
    expect(problemsOf(fields)).toEqual([{ field, message: expect.stringMatching(/^(expected|is) /) }]);
  });
});
