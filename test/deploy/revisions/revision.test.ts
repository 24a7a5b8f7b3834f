import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { type AppliedSet, addSet, readSets, writeSets } from "../../../deploy/revisions/applied-sets.ts";
import { chooseRevision } from "../../../deploy/revisions/choose-revision.ts";
import { imageOf, type Revision, readRevisions, withRecord } from "../../../deploy/revisions/revision.ts";
import { renderInput } from "../manifests/render-input.ts";

const manifests = renderManifests(renderInput("sweep", { access: { pods: ["list"] } }));
const applied = manifests.filter(({ kind }) => kind !== "ConfigMap");

type Returned = Parameters<typeof readRevisions>[0][number];
const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2026-03-01T10:00:00Z" };

function revision(name: string, day: number, more: Partial<Revision> = {}): Revision {
  return {
    name: `${name}.1`,
    revision: name,
    configMap: `errand-sweep-${name}`,
    deployedAt: `2026-03-0${day}T10:00:00Z`,
    manifests: [],
    ...more,
  };
}

describe("withRecord", () => {
  it("leaves in the ConfigMap what readRevisions gives back, the last deployed first", () => {
    const earlier: AppliedSet = { number: 1, deployedAt: "2026-03-01T10:00:00Z", manifests: [] };
    const later: AppliedSet = { number: 2, deployedAt: "2026-03-02T10:00:00Z", manifests: applied };
    const configMap = withRecord(manifests, [later, earlier]).find(({ kind }) => kind === "ConfigMap");
    const read = readRevisions([{ ...META, ...configMap?.metadata, name: "errand-sweep-0123456789" } as Returned]);
    const revision = { revision: "0123456789", configMap: "errand-sweep-0123456789" };
    expect(read).toEqual([
      { ...revision, name: "0123456789.2", deployedAt: "2026-03-02T10:00:00Z", manifests: applied },
      { ...revision, name: "0123456789.1", deployedAt: "2026-03-01T10:00:00Z", manifests: [] },
    ]);
    expect(read[0] && imageOf(read[0])).toBe("node:26.10.0-slim");
  });

  it("changes nothing but the ConfigMap", () => {
    const others = withRecord(manifests, addSet([], applied, new Date(0))).filter(({ kind }) => kind !== "ConfigMap");
    expect(others).toEqual(applied);
  });
});

describe("addSet", () => {
  const set = (image: string): Manifest[] => [
    { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "sweep", labels: {} }, image },
  ];
  const add = (sets: readonly AppliedSet[], image: string) => addSet(sets, set(image), new Date(0));
  const numbers = (sets: readonly AppliedSet[]) => sets.map(({ number }) => number);

  it("counts sets that differ, and puts the deployed one first", () => {
    expect(numbers(add(add([], "node:24"), "node:26"))).toEqual([2, 1]);
  });

  it("keeps the number of a set that is deployed again", () => {
    expect(numbers(add(add(add([], "node:24"), "node:26"), "node:24"))).toEqual([1, 2]);
  });

  it("keeps the last five", () => {
    const sets = ["a", "b", "c", "d", "e", "f"].reduce<AppliedSet[]>(add, []);
    expect(numbers(sets)).toEqual([6, 5, 4, 3, 2]);
  });
});

describe("writeSets", () => {
  const large = (number: number, bytes: number): AppliedSet => ({
    ...{ number, deployedAt: "2026-03-01T10:00:00Z" },
    manifests: [{ apiVersion: "v1", kind: "Role", metadata: { name: "x".repeat(bytes), labels: {} } }],
  });

  it("leaves out the oldest where all do not fit into an annotation", () => {
    const sets = [large(2, 150_000), large(1, 150_000)];
    expect(readSets(writeSets(sets))).toEqual([sets[0]]);
  });

  it("writes nothing where not even one fits", () => expect(writeSets([large(1, 300_000)])).toBeUndefined());
});

describe("readRevisions", () => {
  it("sorts by the time of the deploy, and by that of creation where that is not known", () => {
    const read = readRevisions([
      { ...META, name: "first" },
      { ...META, name: "last", annotations: { "errand/deployed-at": "2026-03-05T10:00:00Z" } },
    ]);
    expect(read.map(({ configMap }) => configMap)).toEqual(["last", "first"]);
    expect(read[1]).not.toHaveProperty("manifests");
  });
});

describe("chooseRevision", () => {
  const again = revision("bbbbb1", 2, { name: "bbbbb1.2", deployedAt: "2026-03-02T11:00:00Z" });
  const revisions = [revision("ccccc1", 3), again, revision("bbbbb1", 2), revision("bbbbb2", 1)];

  it("gives the one that was deployed before the current one when none is wanted", () => {
    expect(chooseRevision(revisions, "ccccc1", undefined).name).toBe("bbbbb1.2");
  });

  it("gives the set before when the same code was deployed with other settings", () => {
    expect(chooseRevision(revisions, "bbbbb1", undefined).name).toBe("bbbbb1.1");
  });

  it("passes over one whose deploy never ended when none is wanted", () => {
    expect(chooseRevision([revision("ddddd1", 4), ...revisions], "ccccc1", undefined).name).toBe("bbbbb1.2");
  });

  it("gives the one with these first digits when there is only one", () => {
    expect(chooseRevision(revisions, "bbbbb1", "cccc").name).toBe("ccccc1.1");
  });

  it.each([
    ["bbbbb1", "bbbbb1.2"],
    ["bbbbb1.1", "bbbbb1.1"],
  ])("gives the last set of a revision, or the one with the number: %s", (wanted, name) => {
    expect(chooseRevision(revisions, "ccccc1", wanted).name).toBe(name);
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ["no revision begins so", "ccccc1", "dddd", /There is no revision "dddd"/],
    ["two begin so", "ccccc1", "bbbbb", /There is no revision "bbbbb"/],
    ["the digits are too few", "bbbbb1", "ccc", /There is no revision "ccc"/],
    ["it has no such set", "ccccc1", "bbbbb1.7", /There is no revision "bbbbb1\.7"/],
    ["it is empty", "bbbbb1", "", /There is no revision ""/],
    ["it is the deployed one", "ccccc1", "ccccc1", /is the deployed one already/],
    ["there was none before", "bbbbb2", undefined, /no other revision/],
  ])("refuses and lists what there is when %s", (_case, current, wanted, message) => {
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(message);
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("ccccc1.1, bbbbb1.2, bbbbb1.1, bbbbb2.1") }),
    );
  });

  it("refuses one that does not say what was applied with it", () => {
    const { manifests: _manifests, ...bare } = revision("aaaaa1", 1);
    expect(() => chooseRevision([revision("ccccc1", 3), bare], "ccccc1", undefined)).toThrow(
      /does not say what was applied/,
    );
  });
});
