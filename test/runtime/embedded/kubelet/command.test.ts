import { describe, expect, it } from "vitest";
import { commandHere, ownNode } from "../../../../runtime/embedded/kubelet/command.ts";

const WORDS = ["--permission", "--allow-fs-read=/tmp/a folder/", '--title="q\\', "/tmp/a folder/boot.cjs", "--own"];

describe("ownNode", () => {
  it("is this Node with unchanged arguments outside a single-file executable", () => {
    expect(ownNode(WORDS, false)).toEqual({ command: process.execPath, args: WORDS });
  });

  it("passes the flags as one quoted argument to an executable", () => {
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

  it("passes no argument for flags without any", () => {
    expect(ownNode(["tsc", "--noEmit"], true).args).toEqual([":run-script", "tsc", "--noEmit"]);
  });

  it("passes an executable the same text as Node if there is no script", () => {
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
  it("translates paths of mounted files, as whole words and after a flag", () => {
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

  it("omits the network flag if this Node does not support it", () => {
    expect(commandHere({ name: "job", command: COMMAND }, PATHS, false)).not.toContain("--allow-net");
  });

  it("allows the network if this Node denies it by default", () => {
    const command = COMMAND.filter((word) => word !== "--allow-net");
    expect(commandHere({ name: "job", command }, PATHS, true)).toContain("--allow-net");
    expect(commandHere({ name: "job", command: ["node", "/errand/boot.cjs"] }, PATHS, true)).toEqual([
      "/here/bundle/boot.cjs",
    ]);
  });

  it("keeps a path that only shares a prefix with a mounted one", () => {
    expect(commandHere({ name: "job", command: ["node", "/errands/x"], args: ["errand"] }, PATHS, false)).toEqual([
      "/errands/x",
      "errand",
    ]);
  });

  it("refuses a container that does not run Node", () => {
    expect(() => commandHere({ name: "job", command: ["sh", "-c", "true"] }, PATHS, true)).toThrow("runs sh");
    expect(() => commandHere({ name: "job" }, PATHS, true)).toThrow("its image's own program");
  });
});
