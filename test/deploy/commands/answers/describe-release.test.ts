import { describe, expect, it } from "vitest";
import {
  describeRevisions,
  describeRollback,
  listedRevisions,
} from "../../../../deploy/commands/answers/describe-release.ts";
import { cronJobFixture } from "../../diagnose/why/snapshot-fixture.ts";

const revision = (name: string, day: number) => ({
  name: `${name}.1`,
  revision: name,
  configMap: `errand-sweep-${name}`,
  deployedAt: `2026-03-0${day}T10:00:00Z`,
  manifests: [],
});

describe("listedRevisions", () => {
  const listed = listedRevisions([revision("0123456789", 2), revision("fa7eed0f0b", 1)], cronJobFixture());

  it("marks the deployed revision, and leaves out manifests, in JSON and in the table", () => {
    expect(listed).toEqual([
      {
        ...{ name: "0123456789.1", revision: "0123456789", configMap: "errand-sweep-0123456789" },
        ...{ deployedAt: "2026-03-02T10:00:00Z", current: true },
      },
      {
        ...{ name: "fa7eed0f0b.1", revision: "fa7eed0f0b", configMap: "errand-sweep-fa7eed0f0b" },
        ...{ deployedAt: "2026-03-01T10:00:00Z", current: false },
      },
    ]);
    expect(describeRevisions(listed, new Date("2026-03-03T10:00:00Z")).split("\n")).toEqual([
      "REVISION       DEPLOYED   CURRENT   IMAGE",
      "0123456789.1   1d ago     yes       -",
      "fa7eed0f0b.1   2d ago               -",
    ]);
  });
});

describe("describeRollback", () => {
  it("keeps each right on its line, whatever a rule names", () => {
    const ends = { from: "2222222222.1", to: "1111111111.1", differences: [], removed: [] };
    const text = describeRollback({ ...ends, gained: ["get pods\nFrom revision x to y. in team-a"] });
    expect(text.split("\n")).toHaveLength(2);
  });
});
