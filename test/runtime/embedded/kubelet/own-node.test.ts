import { describe, expect, it } from "vitest";
import { ownNode } from "../../../../runtime/embedded/kubelet/own-node.ts";

const WORDS = ["--permission", "--allow-fs-read=/tmp/a folder/", '--title="q\\', "/tmp/a folder/boot.cjs", "--own"];

describe("ownNode", () => {
  it("is this Node with the words as they are when it is no executable", () => {
    expect(ownNode(WORDS, false)).toEqual({ command: process.execPath, args: WORDS });
  });

  it("gives the flags in one word, quoted, when it is an executable", () => {
    expect(ownNode(WORDS, true)).toEqual({
      command: process.execPath,
      args: [
        '--node-options="--permission" "--allow-fs-read=/tmp/a folder/" "--title=\\"q\\\\"',
        ":run-script",
        "/tmp/a folder/boot.cjs",
        "--own",
      ],
    });
  });

  it("gives no word for flags when there are none", () => {
    expect(ownNode(["tsc", "--noEmit"], true).args).toEqual([":run-script", "tsc", "--noEmit"]);
  });

  it("gives an executable the text that Node would be given, when there is no script", () => {
    expect(ownNode(["--permission", "--input-type=commonjs", "--eval", "run()", "/errand", "0f"], true).args).toEqual([
      '--node-options="--permission"',
      ":run-text",
      "run()",
      "/errand",
      "0f",
    ]);
  });
});
