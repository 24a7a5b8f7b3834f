import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RunContext } from "../../../../runtime/run/lifecycle/job.ts";
import { finish, run, setUp } from "./run-setup.ts";

describe("secret params", () => {
  const params = z.object({ token: z.string().transform((text) => text.trim()), user: z.string() });
  const given = { token: " hunter2-secret ", user: "ann" };

  it("are redacted when the job logs, reports, returns and throws them", async () => {
    const definition = { params, secretParams: ["token"] };
    const tell = (context: RunContext) => {
      const { token } = context.params as { token: string };
      context.log.info(`using ${token}`, { nested: [{ token }] });
      context.progress({ token });
      return token;
    };
    const told = setUp(
      { ...definition, run: (context) => ({ leaked: tell(context as RunContext) }) },
      { params: given },
    );
    const threw = setUp(
      {
        ...definition,
        run: (context) => {
          throw new Error(`bad ${tell(context as RunContext)}`);
        },
      },
      { params: given },
    );
    for (const { options, lines } of [told, threw]) {
      const report = await finish(options);
      expect(report.params).toStrictEqual({ token: "[redacted]", user: "ann" });
      expect(report.progress).toStrictEqual({ token: "[redacted]" });
      expect(lines.some((line) => line.includes("using [redacted]"))).toBe(true);
      expect(JSON.stringify([report, lines])).not.toContain("hunter2");
    }
  });

  it("are redacted in the schema's errors", async () => {
    const schema = z.object({ token: z.string().refine(() => false, { error: (issue) => `${issue.input} is bad` }) });
    const report = await run({ params: schema, secretParams: ["token"] }, { params: { token: "hunter2-secret" } });
    expect(report).toMatchObject({
      outcome: "invalid",
      params: { token: "[redacted]" },
      error: { message: "params.token: [redacted] is bad" },
    });
  });
});
