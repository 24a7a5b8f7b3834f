import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { DEFAULT_IMAGE, nodeCommand } from "../../../deploy/manifests/node-command.ts";

const allowsNet = (image: string) => nodeCommand(image, 256 * 2 ** 20).includes("--allow-net");

describe("nodeCommand", () => {
  it.each([
    "node:26.10.0-slim",
    "node:26",
    "registry.local:5000/node:25-alpine",
    "node:lts",
    "node",
    "tools/node:v26.1",
  ])("allows the network by its flag when the image is %s", (image) => expect(allowsNet(image)).toBe(true));

  it.each(["node:24", "node:24.1.0-slim", "registry.local:5000/node:v24-alpine", "node:24@sha256:0123"])(
    "leaves the flag out, which Node 24 does not know, when the image is %s",
    (image) => expect(allowsNet(image)).toBe(false),
  );

  it("keeps the heap well below the limit when memory is limited", () => {
    expect(nodeCommand("node:26", 256 * 2 ** 20)).toContain("--max-old-space-size=153");
  });

  it("tells V8 nothing for which Node would have to compile its own modules anew at each start", async () => {
    const tagOf = async (...flags: string[]) => {
      const print = "console.log(require('node:v8').cachedDataVersionTag())";
      return (await promisify(execFile)(process.execPath, [...flags, "-e", print])).stdout;
    };
    const [, ...words] = nodeCommand(DEFAULT_IMAGE, 256 * 2 ** 20);
    const told = words.slice(0, words.indexOf("--permission"));
    expect(told).toHaveLength(5);
    expect(await tagOf(...told)).toBe(await tagOf());
    expect(await tagOf("--initial-old-space-size=40")).not.toBe(await tagOf());
  });

  it("allows reading the bundle and the token and writing the termination log and nothing else when it is built", () => {
    const flags = nodeCommand("node:26", 2 ** 30).filter((flag) => flag.startsWith("--allow-"));
    expect(flags).toEqual([
      "--allow-net",
      "--allow-fs-read=/errand/",
      "--allow-fs-read=/var/run/secrets/kubernetes.io/serviceaccount/",
      "--allow-fs-read=/run/secrets/kubernetes.io/serviceaccount/",
      "--allow-fs-write=/dev/termination-log",
    ]);
  });
});

describe("DEFAULT_IMAGE", () => {
  it("is the official image of the Node that everything is tested with when the package is built", () => {
    const manifest = new URL("../../../node_modules/node/package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    expect(DEFAULT_IMAGE).toBe(`node:${version}-slim`);
  });
});
