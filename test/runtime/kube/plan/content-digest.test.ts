import { describe, expect, it } from "vitest";
import { contentDigest } from "../../../../runtime/kube/plan/content-digest.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";

const SINCE = Date.parse("2026-03-01T10:00:00Z");
const NOW = Date.parse("2026-03-01T10:05:00Z");
const ATTRIBUTES = {
  verb: "patch",
  group: "",
  version: "v1",
  resource: "pods",
  namespace: "shop",
  name: "web",
} as const;

function request(body: unknown, more: Partial<KubeRequest> = {}): KubeRequest {
  const headers = { "content-type": "application/merge-patch+json" };
  return {
    method: "PATCH",
    path: "/pods/web",
    query: [],
    headers,
    body: body as object,
    attributes: ATTRIBUTES,
    ...more,
  };
}

const digest = (body: unknown, more: Partial<KubeRequest> = {}) => contentDigest(request(body, more), SINCE, NOW);

describe("contentDigest", () => {
  it.each<[string, unknown, unknown]>([
    ["the object's version", { metadata: { name: "a", resourceVersion: "1", uid: "x" } }, { metadata: { name: "a" } }],
    ["a deletion's preconditions", { kind: "DeleteOptions", preconditions: { uid: "a" } }, { kind: "DeleteOptions" }],
    ["dryRun", { kind: "DeleteOptions", dryRun: ["All"] }, { kind: "DeleteOptions" }],
    [
      "an eviction's preconditions",
      { deleteOptions: { preconditions: { uid: "a" } } },
      { deleteOptions: { dryRun: ["All"] } },
    ],
    [
      "a JSON patch's versions",
      [
        { op: "test", path: "/metadata/uid", value: "a" },
        { op: "remove", path: "/a" },
      ],
      [{ op: "remove", path: "/a" }],
    ],
    ["times of the pass", { at: "2026-03-01T10:01:00Z" }, { at: "2026-03-01T10:04:59.5Z" }],
  ])("is the same if only %s differs", (_case, one, other) => expect(digest(one)).toBe(digest(other)));

  it.each<[string, unknown, unknown]>([
    ["a value", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }],
    ["a time before the pass", { at: "2026-03-01T09:00:00Z" }, { at: "2026-03-01T09:30:00Z" }],
    ["how long a deletion may take", { gracePeriodSeconds: 0 }, { gracePeriodSeconds: 30 }],
    ["a label", { metadata: { labels: { a: "b" } } }, { metadata: { labels: { a: "c" } } }],
    ["a step of a JSON patch", [{ op: "remove", path: "/a" }], [{ op: "remove", path: "/b" }]],
  ])("differs if %s does", (_case, one, other) => expect(digest(one)).not.toBe(digest(other)));

  it("includes method, patch type and options, but not dryRun", () => {
    const plain = digest({});
    expect(digest({}, { query: [["dryRun", "All"]] })).toBe(plain);
    expect(digest({}, { query: [["force", "true"]] })).not.toBe(plain);
    expect(digest({}, { method: "PUT" })).not.toBe(plain);
    expect(digest({}, { headers: { "content-type": "application/apply-patch+yaml" } })).not.toBe(plain);
  });

  it("includes the command of an exec and the path behind a proxy", () => {
    const exec = { ...ATTRIBUTES, verb: "create", subresource: "exec" } as const;
    const run = (command: string) => digest(undefined, { attributes: exec, query: [["command", command]] });
    expect(run("date")).not.toBe(run("rm"));
    const proxy = { ...ATTRIBUTES, verb: "create", subresource: "proxy" } as const;
    const to = (path: string) => digest(undefined, { attributes: proxy, path });
    expect(to("/pods/web/proxy/a")).not.toBe(to("/pods/web/proxy/b"));
  });

  it("ignores the name of an event, which contains the time", () => {
    const attributes = { ...ATTRIBUTES, verb: "create", resource: "events" } as const;
    const event = (name: string) => digest({ metadata: { name }, reason: "Done" }, { attributes });
    expect(event("web.1")).toBe(event("web.2"));
  });
});
