import { describe, expect, it } from "vitest";
import { commandHere, ownNode } from "../../../../runtime/embedded/kubelet/command.ts";

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

const PATHS = [
  ["/var/run/secrets/kubernetes.io/serviceaccount", "/here/token"],
  ["/dev/termination-log", "/here/log"],
  ["/errand", "/here/bundle"],
] as const;

const COMMAND = [
  "node",
  "--max-old-space-size=100",
  "--permission",
  "--allow-net",
  "--allow-fs-read=/errand/",
  "--allow-fs-read=/var/run/secrets/kubernetes.io/serviceaccount/",
  "--allow-fs-write=/dev/termination-log",
  "/errand/boot.cjs",
];

describe("commandHere", () => {
  it("moves paths of mounted files, whole words and after a flag", () => {
    expect(commandHere({ name: "job", command: COMMAND }, PATHS, true)).toEqual([
      "--allow-net",
      "--max-old-space-size=100",
      "--permission",
      "--allow-fs-read=/here/bundle/",
      "--allow-fs-read=/here/token/",
      "--allow-fs-write=/here/log",
      "/here/bundle/boot.cjs",
    ]);
  });

  it("leaves the network's flag out when this Node does not know it", () => {
    expect(commandHere({ name: "job", command: COMMAND }, PATHS, false)).not.toContain("--allow-net");
  });

  it("asks for the network when this Node denies it otherwise, whatever the image's would do", () => {
    const command = COMMAND.filter((word) => word !== "--allow-net");
    expect(commandHere({ name: "job", command }, PATHS, true)).toContain("--allow-net");
    expect(commandHere({ name: "job", command: ["node", "/errand/boot.cjs"] }, PATHS, true)).toEqual([
      "/here/bundle/boot.cjs",
    ]);
  });

  it("leaves alone what only begins like a mounted path", () => {
    expect(commandHere({ name: "job", command: ["node", "/errands/x"], args: ["errand"] }, PATHS, false)).toEqual([
      "/errands/x",
      "errand",
    ]);
  });

  it("refuses a container when it runs something else than Node", () => {
    expect(() => commandHere({ name: "job", command: ["sh", "-c", "true"] }, PATHS, true)).toThrow("runs sh");
    expect(() => commandHere({ name: "job" }, PATHS, true)).toThrow("its image's own program");
  });
});
