import { randomBytes } from "node:crypto";
import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { jobLabels, type Manifest } from "../../../../deploy/manifests/manifest.ts";
import { renderManifests } from "../../../../deploy/manifests/render.ts";
import { refuseForeign } from "../../../../deploy/release/revisions/check-record.ts";
import { readSets, writeSets } from "../../../../deploy/release/revisions/record-deploy.ts";
import {
  addRecord,
  hashContent,
  hashManifests,
  imageOf,
  REVISIONS_ANNOTATION,
  type Revision,
  type RevisionRecord,
  readRecords,
} from "../../../../deploy/release/revisions/revision.ts";
import { chooseRevision } from "../../../../deploy/release/rollback-job.ts";
import type { JobSettings } from "../../../../runtime/job/definition.ts";
import { renderInput } from "../../manifests/render-input.ts";

const JOB = { name: "sweep", namespace: "team-a" };
const appliedOf = (definition: JobSettings) =>
  renderManifests(renderInput("sweep", definition)).filter(({ kind }) => kind !== "ConfigMap");
const applied = appliedOf({ access: { pods: ["list"] } });

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

const digits = (character: string) => character.repeat(64);
const record = (name: string, set: string) => ({ revision: name, applied: digits(set), bundle: digits("f") });

describe("addRecord", () => {
  const add = (records: readonly RevisionRecord[], set: string) => addRecord(records, record("a1", set), new Date(0));
  const numbers = (records: readonly RevisionRecord[]) => records.map(({ number }) => number);

  it("counts sets that differ, and puts the deployed one first", () => {
    expect(numbers(add(add([], "1"), "2"))).toEqual([2, 1]);
  });

  it("keeps the number of a set that is deployed again", () => {
    expect(numbers(add(add(add([], "1"), "2"), "1"))).toEqual([1, 2]);
  });

  it("keeps the last five of a revision, and older revisions until they can be removed", () => {
    expect(numbers([..."123456"].reduce<RevisionRecord[]>(add, []))).toEqual([6, 5, 4, 3, 2]);
    const many = Array.from({ length: 30 }, (_, index) => `a${index}`);
    const all = many.reduce<RevisionRecord[]>(
      (records, each) => addRecord(records, record(each, "1"), new Date(0)),
      [],
    );
    expect(all).toHaveLength(20);
    expect(all[0]?.revision).toBe("a29");
  });
});

describe("readRecords", () => {
  const read = (text?: string) =>
    readRecords({ metadata: text === undefined ? {} : { annotations: { [REVISIONS_ANNOTATION]: text } } });

  it("reads what addRecord made", () => {
    const records = addRecord([], record("a1", "1"), new Date(0));
    expect(read(JSON.stringify(records))).toEqual(records);
  });

  it.each([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["no list", '{"revision":"a1"}'],
    ["a date that is none", JSON.stringify([{ ...record("a1", "1"), number: 1, deployedAt: "later" }])],
    ["a hash that is none", JSON.stringify([{ ...record("a1", "x"), number: 1, deployedAt: "2026-03-01" }])],
    [
      "more than is ever kept",
      JSON.stringify(Array(101).fill({ ...record("a1", "1"), number: 1, deployedAt: "2026-03-01T10:00:00Z" })),
    ],
    ["a revision with a path", JSON.stringify([{ ...record("../a", "1"), number: 1, deployedAt: "2026-03-01" }])],
  ])("gives no record when there is %s", (_case, text) => expect(read(text)).toBeUndefined());
});

describe("hashContent", () => {
  it("is the same for any order of the files, and differs for any other byte", () => {
    const one = hashContent({ data: { a: "1", b: "2" }, binaryData: { c: "AQ==" } });
    expect(hashContent({ binaryData: { c: "AQ==" }, data: { b: "2", a: "1" } })).toBe(one);
    expect(hashContent({ data: { a: "1", b: "2" }, binaryData: { c: "AQA=" } })).not.toBe(one);
    expect(hashContent({ data: { a: "1", b: "2", c: "AQ==" } })).not.toBe(one);
  });
});

describe("writeSets", () => {
  // Nothing that could be packed.
  const large = (bytes: number): Manifest[] => [
    { apiVersion: "v1", kind: "Role", metadata: { name: randomBytes(bytes).toString("latin1"), labels: {} } },
  ];

  it("leaves out the oldest when not all fit into an annotation", () => {
    const [newest, oldest] = [large(90_000), large(90_000)];
    expect([...readSets(writeSets([newest, oldest]))]).toEqual([[hashManifests(newest), newest]]);
  });

  it("writes nothing when not even one fits", () => expect(writeSets([large(300_000)])).toBeUndefined());

  it("reads the uncompressed sets of an earlier version", () => {
    const set = large(10);
    expect([...readSets(JSON.stringify({ sets: [set] }))]).toEqual([[hashManifests(set), set]]);
  });

  it("reads nothing from a text that unpacks to more than any record has", () => {
    const text = JSON.stringify({ sets: [[{ ...large(1)[0], spec: "x".repeat(5_000_000) }]] });
    expect(readSets(brotliCompressSync(text).toString("base64")).size).toBe(0);
  });

  it.each([
    "{",
    "AQID",
    "null",
    '{"sets":{}}',
    '{"sets":[[null]]}',
    '{"sets":[[{"kind":"Role","metadata":{"name":7}}]]}',
  ])("reads nothing from %s", (text) => expect(readSets(text).size).toBe(0));
});

describe("imageOf", () => {
  it("is that of the job's container", () => {
    expect(imageOf(revision("a1", 1, { manifests: applied }))).toBe("node:26.10.0-slim");
  });
});

describe("refuseForeign", () => {
  const check = (manifests: readonly Manifest[]) => () => refuseForeign(JOB, revision("0123456789", 1, { manifests }));
  const changed = (kind: string, change: (manifest: Manifest) => object) =>
    appliedOf({ access: { pods: ["list"] }, scope: "cluster" })
      .concat(appliedOf({ access: { pods: ["list"] }, egress: [] }).filter((each) => each.kind === "NetworkPolicy"))
      .map((each) => (each.kind === kind ? ({ ...each, ...change(each) } as Manifest) : each));
  const pod = (change: object) => (manifest: Manifest) => {
    const copy = structuredClone(manifest) as object as {
      spec: { jobTemplate: { spec: { template: { spec: object } } } };
    };
    Object.assign(copy.spec.jobTemplate.spec.template.spec, change);
    return copy;
  };

  it.each<[string, JobSettings]>([
    ["a job in its own namespace", { access: { pods: ["list"] }, schedule: "@daily" }],
    ["a job of the whole cluster", { access: { pods: ["list"] }, scope: "cluster" }],
    ["a job of several namespaces", { access: { pods: ["list"], nodes: ["get"] }, scope: { namespaces: ["team-b"] } }],
    ["a job with a network policy", { access: {}, egress: [] }],
    ["a job with another account", { access: {}, serviceAccountName: "operator" }],
    ["a job with secrets and volumes", { access: {}, secrets: { token: "billing/token" } }],
  ])("accepts what a deploy creates for %s", (_case, definition) => expect(check(appliedOf(definition))).not.toThrow());

  it.each<[string, readonly Manifest[]]>([
    ["a kind that no deploy creates", changed("NetworkPolicy", () => ({ apiVersion: "v1", kind: "Secret" }))],
    ["a kind named like a method", changed("NetworkPolicy", () => ({ kind: "constructor" }))],
    ["no CronJob", applied.filter(({ kind }) => kind !== "CronJob")],
    ["two of one object", [...applied, ...applied]],
    ["a binding to a role that somebody else has made", applied.filter(({ kind }) => kind !== "Role")],
    ["another name", changed("ServiceAccount", ({ metadata }) => ({ metadata: { ...metadata, name: "admin" } }))],
    [
      "another namespace",
      changed("CronJob", ({ metadata }) => ({ metadata: { ...metadata, namespace: "kube-system" } })),
    ],
    ["another job's labels", changed("ClusterRole", ({ metadata }) => ({ metadata: { ...metadata, labels: {} } }))],
    ["a finalizer", changed("ClusterRole", ({ metadata }) => ({ metadata: { ...metadata, finalizers: ["a/b"] } }))],
    [
      "another role",
      changed("ClusterRoleBinding", () => ({
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      })),
    ],
    ["another subject", changed("ClusterRoleBinding", () => ({ subjects: [{ kind: "User", name: "eve" }] }))],
    [
      "a second subject",
      changed("ClusterRoleBinding", ({ subjects }) => ({
        subjects: [...(subjects as []), { kind: "User", name: "eve" }],
      })),
    ],
    [
      "a role that everybody is given who may read",
      changed("ClusterRole", ({ metadata }) => ({
        metadata: {
          ...metadata,
          labels: { ...metadata.labels, "rbac.authorization.k8s.io/aggregate-to-view": "true" },
        },
      })),
    ],
    [
      "a network policy for all pods",
      changed("NetworkPolicy", () => ({ spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } })),
    ],
    [
      "a network policy for pods of another job",
      changed("NetworkPolicy", () => ({ spec: { podSelector: { matchLabels: jobLabels("other") } } })),
    ],
    ["an aggregated role", changed("ClusterRole", () => ({ aggregationRule: {} }))],
    ["another ServiceAccount", changed("CronJob", pod({ serviceAccountName: "admin" }))],
    ["another ServiceAccount by its old name", changed("CronJob", pod({ serviceAccount: "admin" }))],
    [
      "another bundle",
      changed("CronJob", pod({ volumes: [{ name: "bundle", configMap: { name: "errand-evil-1" } }] })),
    ],
    [
      "two bundles",
      changed(
        "CronJob",
        pod({ volumes: [1, 2].map(() => ({ name: "bundle", configMap: { name: "errand-sweep-0123456789" } })) }),
      ),
    ],
    [
      "a policy about other pods",
      changed("NetworkPolicy", () => ({ spec: { podSelector: {}, policyTypes: ["Egress"] } })),
    ],
    ["no pod", changed("CronJob", () => ({ spec: null }))],
  ])("refuses a record with %s", (_case, manifests) => expect(check(manifests)).toThrow(/is not used/));
});

describe("chooseRevision", () => {
  const again = revision("bbbbb1", 2, { name: "bbbbb1.2", deployedAt: "2026-03-02T11:00:00Z" });
  const revisions = [revision("ccccc1", 3), again, revision("bbbbb1", 2), revision("bbbbb2", 1)];

  it("gives the revision before the current one when none is named", () => {
    expect(chooseRevision(revisions, "ccccc1", undefined).name).toBe("bbbbb1.2");
  });

  it("gives the previous set when the same code was deployed with other settings", () => {
    expect(chooseRevision(revisions, "bbbbb1", undefined).name).toBe("bbbbb1.1");
  });

  it("skips one whose deploy never completed when none is named", () => {
    expect(chooseRevision([revision("ddddd1", 4), ...revisions], "ccccc1", undefined).name).toBe("bbbbb1.2");
  });

  it("gives the only revision with these first digits", () => {
    expect(chooseRevision(revisions, "bbbbb1", "cccc").name).toBe("ccccc1.1");
  });

  it.each([
    ["bbbbb1", "bbbbb1.2"],
    ["bbbbb1.1", "bbbbb1.1"],
  ])("gives the most recent set of a revision, or the one with the number: %s", (wanted, name) => {
    expect(chooseRevision(revisions, "ccccc1", wanted).name).toBe(name);
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ["no revision begins so", "ccccc1", "dddd", /There is no revision "dddd"/],
    ["two begin so", "ccccc1", "bbbbb", /There is no revision "bbbbb"/],
    ["the digits are too few", "bbbbb1", "ccc", /There is no revision "ccc"/],
    ["it has no such set", "ccccc1", "bbbbb1.7", /There is no revision "bbbbb1\.7"/],
    ["it is empty", "bbbbb1", "", /There is no revision ""/],
    ["it is the deployed one", "ccccc1", "ccccc1", /is already deployed/],
    ["there was none before", "bbbbb2", undefined, /no other revision/],
  ])("refuses and lists the revisions when %s", (_case, current, wanted, message) => {
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(message);
    expect(() => chooseRevision(revisions, current, wanted)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("ccccc1.1, bbbbb1.2, bbbbb1.1, bbbbb2.1") }),
    );
  });
});
