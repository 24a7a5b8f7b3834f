import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { project } from "../../../support/project.ts";
import { CA } from "../../kube/server/certificates.ts";
import { json, startScriptedServer } from "../../kube/server/scripted-server.ts";
import { childRuns } from "../pod/child-run.ts";
import { ENCODINGS, type Print, SINKS } from "./ways-to-print.ts";

const runs = childRuns(project());
afterEach(runs.stop);

/** Long enough that the middle of whatever it becomes is its own, and of letters that each encoding changes. */
const secretText = fc.string({
  unit: fc.constantFrom(..."aZ09q7 +/=&<\"'\\%é€.:-_~!x"),
  minLength: 24,
  maxLength: 60,
});
const print: fc.Arbitrary<Print> = fc.record({
  sink: fc.constantFrom(...Object.keys(SINKS)),
  encoding: fc.constantFrom(...Object.keys(ENCODINGS)),
  cuts: fc.array(fc.nat({ max: 100 }), { maxLength: 4 }),
});

describe("a secret", { timeout: 120_000 }, () => {
  it("is redacted in every encoding, on every way to the outputs, however it is split", async () => {
    await fc.assert(
      fc.asyncProperty(secretText, fc.array(print, { minLength: 60, maxLength: 80 }), async (text, prints) => {
        const secret = `k3y${text}t0p`;
        const run = await runs.run("prints-in-every-way", { params: { secret, prints } });
        expect(run.report, run.stderr).toMatchObject({ outcome: "succeeded" });
        const everything = run.stdout + run.stderr + run.terminationMessage;
        for (const { encoding, ...where } of prints) {
          const encoded = ENCODINGS[encoding]?.(secret) ?? "";
          const middle = encoded.slice(encoded.length / 3, (encoded.length * 2) / 3);
          expect({ encoding, where, isThere: everything.includes(middle) }).toStrictEqual({
            encoding,
            where,
            isThere: false,
          });
        }
        expect(everything.split("[redacted]").length).toBeGreaterThan(prints.length + 2);
      }),
      { numRuns: 2, endOnFailure: true }, // each is a process, and to shrink would take minutes,
    );
  });
});

const FIRST_TOKEN = "eyJhbGciOiJSUzI1NiJ9.first-of-the-tokens.c2lnbmF0dXJl";
const NEXT_TOKEN = "eyJhbGciOiJSUzI1NiJ9.next-of-the-tokens.bmV4dA";

describe("the bearer token", () => {
  it("is never printed: not by Node's debugging, a server that echoes it, or the job, even after rotation", async () => {
    await using server = await startScriptedServer();
    server.otherwise((response, request, socket) => {
      const { authorization = "" } = request.headers;
      const code = authorization.includes("next") ? 200 : 401;
      json(code, { kind: "Status", code, message: `not ${authorization}`, gitVersion: authorization })(
        response,
        request,
        socket,
      );
    });
    const run = await runs.run("tells-its-token", {
      api: { port: server.port, ca: CA, token: FIRST_TOKEN },
      env: { NODE_DEBUG: "http,https,net,tls", NEXT_TOKEN },
    });
    expect(server.requests.map(({ headers }) => headers.authorization)).toContain(`Bearer ${NEXT_TOKEN}`);
    const everything = run.stdout + run.stderr + run.terminationMessage;
    expect(run.stderr).toMatch(/HTTP \d+: outgoing|Bearer \[redacted\]|HTTPS/);
    for (const told of ["at load [redacted]", "renewed [redacted]", "uncaught eGV5"]) {
      expect(everything).toContain(told.replace("eGV5", ""));
    }
    for (const token of [FIRST_TOKEN, NEXT_TOKEN]) {
      for (const form of [token, Buffer.from(`x${token}`).toString("base64").slice(4, -4)])
        expect(everything).not.toContain(form);
    }
    expect(run.report).toMatchObject({ outcome: "failed", error: { message: expect.stringContaining("uncaught") } });
  });
});

describe("output of a job", () => {
  it("is unchanged byte for byte, in order and with its callbacks, despite redaction", async () => {
    const run = await runs.run("prints-bytes", { api: { port: 1, ca: CA, token: FIRST_TOKEN } });
    const printed = run.lines.filter((line) => !line.startsWith("{"));
    expect(printed).toStrictEqual(["é€😀", "in hex", "x".repeat(100_000), "first", "second"]);
    expect(run.report.result).toStrictEqual({
      order: ["returned", "first", "second"],
      refusal: "ERR_INVALID_ARG_TYPE",
    });
  });
});
