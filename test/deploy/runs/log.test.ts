import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { describeLogLine } from "../../../deploy/runs/log.ts";

describe("describeLogLine", () => {
  it("shows time, level, message and fields when the runtime wrote the line", () => {
    const line = '{"time":"2026-03-01T10:00:02.123Z","level":"warn","message":"slow","pods":3,"of":{"app":"web"}}';
    expect(stripVTControlCharacters(describeLogLine(line))).toBe('10:00:02 warn  slow pods=3 of={"app":"web"}');
  });

  it.each(["plain text", '{"some":"json"}', "{broken", ""])("leaves %j as it is", (line) => {
    expect(describeLogLine(line)).toBe(line);
  });
});
