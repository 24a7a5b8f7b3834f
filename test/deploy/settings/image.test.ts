import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { DEFAULT_IMAGE, nodeCommand } from "../../../deploy/settings/image.ts";

const MEMORY = { memoryBytes: 256 * 2 ** 20 };
const allowsNet = (image: string, nodeVersion?: number) =>
  nodeCommand({ image, nodeVersion, ...MEMORY }).includes("--allow-net");

describe("nodeCommand", () => {
  it.each([
    "node:26.10.0-slim",
    "node:26",
    "registry.local:5000/node:25-alpine",
    "node:lts",
    "node",
    "tools/node:v26.1",
    "internal/base:12",
    "registry.local:5000/not-node:24",
    "registry.local:24/base",
    "registry.local/node-tools:12.1@sha256:0123",
  ])("allows the network when the image is %s", (image) => expect(allowsNet(image)).toBe(true));

  it.each(["node:24", "node:24.1.0-slim", "registry.local:5000/node:v24-alpine", "node:24@sha256:0123"])(
    "leaves the flag out, which Node 24 does not know, when the image is %s",
    (image) => expect(allowsNet(image)).toBe(false),
  );

  it("keeps the heap well below the limit when memory is limited", () => {
    expect(nodeCommand({ image: "node:26", ...MEMORY })).toContain("--max-old-space-size=153");
  });

  it("gives V8 no flag that would make Node compile its own modules at each start", async () => {
    const tagOf = async (...flags: string[]) => {
      const print = "console.log(require('node:v8').cachedDataVersionTag())";
      return (await promisify(execFile)(process.execPath, [...flags, "-e", print])).stdout;
    };
    const [, ...words] = nodeCommand({ image: DEFAULT_IMAGE, ...MEMORY });
    const told = words.slice(0, words.indexOf("--permission"));
    expect(told).toHaveLength(5);
    expect(await tagOf(...told)).toBe(await tagOf());
    expect(await tagOf("--initial-old-space-size=40")).not.toBe(await tagOf());
  });

  it("uses the given version of Node, whatever the image's tag says", () => {
    expect(allowsNet("internal/base:26", 24)).toBe(false);
    expect(allowsNet("node:24", 26)).toBe(true);
  });

  it("allows reading any file, and writing only the termination log and what is mounted writable", () => {
    const flags = nodeCommand({ image: "node:26", ...MEMORY, writable: ["/scratch"] });
    expect(flags.filter((flag) => flag.startsWith("--allow-"))).toEqual([
      "--allow-net",
      "--allow-fs-read=*",
      "--allow-fs-write=/dev/termination-log",
      "--allow-fs-write=/scratch/",
    ]);
  });
});

describe("DEFAULT_IMAGE", () => {
  it("is the official image of the Node that the package is tested with", () => {
    const manifest = new URL("../../../node_modules/node/package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    expect(DEFAULT_IMAGE).toBe(`node:${version}-slim`);
  });
});
