import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { chooseRevision } from "../../../deploy/revisions/choose-revision.ts";
import { imageOf, type Revision, readRevisions, withRecord } from "../../../deploy/revisions/revision.ts";
import { renderInput } from "../manifests/render-input.ts";

const manifests = renderManifests(renderInput("sweep", { access: { pods: ["list"] } }));
const META = { uid: "1", resourceVersion: "1", creationTimestamp: "2026-03-01T10:00:00Z" };

function revision(name: string, day: number, more: Partial<Revision> = {}): Revision {
  return {
    revision: name,
    configMap: `errand-sweep-${name}`,
    deployedAt: `2026-03-0${day}T10:00:00Z`,
    manifests: [],
    ...more,
  };
}

describe("withRecord", () => {
  it("leaves in the ConfigMap what readRevisions gives back", () => {
    const recorded = withRecord(manifests, "2026-03-02T10:00:00Z");
    const configMap = recorded.find(({ kind }) => kind === "ConfigMap");
    const [read] = readRevisions([
      { ...META, ...configMap?.metadata, name: "errand-sweep-0123456789" } as typeof META & { name: string },
    ]);
    expect(read).toEqual({
      revision: "0123456789",
      configMap: "errand-sweep-0123456789",
      deployedAt: "2026-03-02T10:00:00Z",
      manifests: manifests.filter(({ kind }) => kind !== "ConfigMap"),
    });
    expect(read && imageOf(read)).toBe("node:26.10.0-slim");
  });

  it("changes nothing but the ConfigMap", () => {
    const others = withRecord(manifests, "2026-03-02T10:00:00Z").filter(({ kind }) => kind !== "ConfigMap");
    expect(others).toEqual(manifests.filter(({ kind }) => kind !== "ConfigMap"));
  });
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
  const revisions = [revision("ccccc1", 3), revision("bbbbb1", 2), revision("bbbbb2", 1)];

  it("gives the one that was deployed before the current one when none is wanted", () => {
    expect(chooseRevision(revisions, "ccccc1", undefined).revision).toBe("bbbbb1");
  });

  it("passes over one whose deploy never ended when none is wanted", () => {
    expect(chooseRevision(revisions, "bbbbb1", undefined).revision).toBe("bbbbb2");
  });

  it("gives the one with these first digits when there is only one", () => {
    expect(chooseRevision(revisions, "bbbbb1", "cccc").revision).toBe("ccccc1");
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ["no revision begins so", "ccccc1", "dddd", /There is no revision "dddd"/],
    ["two begin so", "ccccc1", "bbbbb", /There is no revision "bbbbb"/],
    ["the digits are too few", "bbbbb1", "ccc", /There is no revision "ccc"/],
    ["it is empty", "bbbbb1", "", /There is no revision ""/],
    ["it is the deployed one", "ccccc1", "ccccc1", /is the deployed one already/],
    ["there was none before", "bbbbb2", undefined, /no other revision/],
  ])("refuses and lists what there is when %s", (_case, current, wanted, message) => {
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(message);
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("ccccc1, bbbbb1, bbbbb2") }),
    );
  });

  it("refuses one that does not say what was applied with it", () => {
    const { manifests: _manifests, ...bare } = revision("aaaaa1", 1);
    expect(() => chooseRevision([revision("ccccc1", 3), bare], "ccccc1", undefined)).toThrow(
      /does not say what was applied/,
    );
  });
});
