import { describe, expect, it } from "vitest";
import { createLogger } from "../../../../runtime/run/output/logger.ts";
import { createRedactor } from "../../../../runtime/run/output/redactor.ts";
import { manualClock } from "./manual-clock.ts";

function recording(fields?: Readonly<Record<string, unknown>>) {
  const lines: string[] = [];
  const redactor = createRedactor();
  const clock = manualClock(0);
  const log = createLogger({ writeLine: (line) => lines.push(line), redactor, clock, ...(fields && { fields }) });
  return { log, lines, redactor };
}

describe("createLogger", () => {
  it("writes time, level, message and fields in this order", () => {
    const { log, lines } = recording();
    log.info("deleted", { pod: "web-1", left: 3 });
    expect(lines).toStrictEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"deleted","pod":"web-1","left":3}',
    ]);
  });

  it("writes the level of each method", () => {
    const { log, lines } = recording();
    for (const level of ["debug", "info", "warn", "error"] as const) log[level]("x");
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toStrictEqual([
      "debug",
      "info",
      "warn",
      "error",
    ]);
  });

  it("writes a single line even for line breaks in a message or a field", () => {
    const { log, lines } = recording();
    log.warn("two\nlines", { text: "a\r\nb" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
  });

  it("does not let a field override its own keys", () => {
    const { log, lines } = recording();
    log.info("true message", { message: "false", level: "error", time: "never" });
    expect(JSON.parse(lines[0] ?? "")).toStrictEqual({
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      message: "true message",
    });
  });

  it("redacts secrets in the message, in a nested field and in an error", () => {
    const { log, lines, redactor } = recording();
    redactor.add("s3cr3t-value");
    log.error("got s3cr3t-value", { deep: [{ key: "s3cr3t-value" }], error: new Error("bad s3cr3t-value") });
    expect(lines.join("")).not.toContain("s3cr3t");
  });

  it("adds its fields to every line", () => {
    const { log, lines } = recording({ rehearsal: true });
    log.info("x");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ rehearsal: true });
  });

  it("writes a line even if a field is not JSON", () => {
    const { log, lines } = recording();
    const cycle: Record<string, unknown> = { big: 1n };
    cycle.self = cycle;
    log.info("odd", cycle);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: "odd", big: "1" });
  });
});
