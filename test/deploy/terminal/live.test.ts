import { afterEach, describe, expect, it, vi } from "vitest";
import { StatusLine } from "../../../deploy/terminal/live.ts";
import { forTerminal } from "../../../deploy/terminal/terminal.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a terminal, or a file, gets of a status that changes, with a line between. */
function written(isTTY: boolean): string {
  vi.stubEnv("TERM", "xterm");
  const before = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
  Object.defineProperty(process.stderr, "isTTY", { value: isTTY, configurable: true });
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  {
    using status = new StatusLine();
    status.show("1 of 2");
    status.say("half");
    status.write("begun, ");
    status.show("2 of 2");
    status.write("ended\n");
  }
  vi.restoreAllMocks();
  Object.defineProperty(process.stderr, "isTTY", before ?? { value: undefined, configurable: true });
  return forTerminal(text);
}

describe("StatusLine", () => {
  it("is rewritten in place below other lines on a terminal, and gone at the end", () => {
    const clear = "\x1b[1G\x1b[K";
    expect(written(true)).toBe(`1 of 2${clear}half\n1 of 2${clear}begun, ended\n2 of 2${clear}`);
  });

  it("is a new line for each change elsewhere", () =>
    expect(written(false)).toBe("1 of 2\nhalf\nbegun, \n2 of 2\nended\n"));
});
