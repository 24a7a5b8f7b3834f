import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askParams, paramQuestion } from "../../../deploy/params/ask-params.ts";

const SCHEMA = {
  properties: {
    most: { type: "integer", description: "how many at most", maximum: 9 },
    mode: { enum: ["soft", "hard"] },
    sure: { type: "boolean" },
  },
};

/** A terminal at which somebody types; each text when the one before was taken. */
function terminal(...keys: readonly string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  let shown = "";
  const waiting = [...keys];
  output.on("data", (chunk) => {
    shown += chunk;
    const next = waiting.shift();
    if (next !== undefined) setImmediate(() => input.write(next));
  });
  const streams = { input: input as object as NodeJS.ReadStream, output: output as object as NodeJS.WriteStream };
  return { streams, shown: () => shown };
}

describe("paramQuestion", () => {
  it("offers a choice, yes or no, or text, depending on the schema", () => {
    expect(paramQuestion("mode", SCHEMA)).toEqual({ kind: "choice", message: "mode", options: ["soft", "hard"] });
    expect(paramQuestion("sure", SCHEMA)).toEqual({ kind: "yesOrNo", message: "sure" });
    const most = paramQuestion("most", SCHEMA);
    expect(most).toMatchObject({ kind: "text", message: "most: how many at most" });
    if (most.kind !== "text") throw new Error("no text");
    expect(most.read("3")).toBe(3);
    expect(() => most.read("three")).toThrow("expected integer");
  });
});

describe("askParams", () => {
  it("returns what the person types, with the type that the job expects", async () => {
    const { streams, shown } = terminal("7", "\r");
    expect(await askParams(["most"], SCHEMA, streams)).toEqual({ most: 7 });
    expect(shown()).toContain("most: how many at most");
  });

  it("asks again when the schema rejects what was typed", async () => {
    const { streams, shown } = terminal("10", "\r", "\u007f", "\r");
    expect(await askParams(["most"], SCHEMA, streams)).toEqual({ most: 1 });
    expect(shown()).toContain("expected number to be <=9");
  });

  it("starts nothing when the person cancels", async () => {
    const { streams } = terminal("\u0003");
    await expect(askParams(["most"], SCHEMA, streams)).rejects.toThrow("Nothing was started");
  });
});
