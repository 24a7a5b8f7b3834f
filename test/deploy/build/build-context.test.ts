import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { buildContext, writeContext } from "../../../deploy/build/build-context.ts";
import { DEFAULT_IMAGE } from "../../../deploy/settings/image.ts";
import { project } from "../../support/project.ts";

const bundle = {
  hash: "0123456789",
  files: { "main.cjs.zst": new Uint8Array([1]), "main.cjs.map.zst": new Uint8Array([2]) },
} as const;

let folder: string;
beforeEach(() => {
  folder = project();
});
describe("deploy/Dockerfile", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../../deploy/Dockerfile"), "utf8");

  it("builds on the default image unless told otherwise", () => {
    expect(text).toContain(`\nARG NODE_IMAGE=${DEFAULT_IMAGE}\n`);
  });

  it("ends with the user that pods run as", () => {
    expect(text.trimEnd().split("\n").at(-1)).toBe("USER 1000:1000");
  });
});

describe("buildContext", () => {
  it("puts the bundle into a folder named after its revision, and builds on the given image", () => {
    const files = buildContext(bundle, "node:24-slim");
    expect(Object.keys(files)).toEqual([
      "Dockerfile",
      "bundle/0123456789/main.cjs.zst",
      "bundle/0123456789/main.cjs.map.zst",
    ]);
    expect(files.Dockerfile).toContain("\nARG NODE_IMAGE=node:24-slim\n");
  });
});

describe("writeContext", () => {
  it("leaves nothing of an earlier revision", () => {
    writeContext(folder, buildContext(bundle, DEFAULT_IMAGE));
    writeContext(folder, buildContext({ ...bundle, hash: "9876543210" }, DEFAULT_IMAGE));
    expect(readdirSync(join(folder, "bundle"))).toEqual(["9876543210"]);
  });

  it("writes nothing when the folder has other files", () => {
    writeFileSync(join(folder, "mine.txt"), "");
    expect(() => writeContext(folder, buildContext(bundle, DEFAULT_IMAGE))).toThrow(/contains mine\.txt/);
    expect(readdirSync(folder)).toEqual(["mine.txt"]);
  });
});
