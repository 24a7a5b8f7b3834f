import { describe, expect, it } from "vitest";
import { ObjectStore } from "../../../../runtime/embedded/storage/object-store.ts";

const PODS = { group: "", resource: "pods" };

function pod(name: string, more: object = {}) {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "team", ...more } };
}

describe("ObjectStore", () => {
  it("assigns the next version to each change of any object", () => {
    const store = new ObjectStore();
    const first = store.insert(PODS, pod("a"));
    const second = store.insert(PODS, pod("b"));
    const changed = store.replace(PODS, { ...first, spec: {} });
    store.remove(PODS, "team", "b");
    const versions = [first, second, changed].map(({ metadata }) => Number(metadata.resourceVersion));
    expect(versions[1]).toBe((versions[0] ?? 0) + 1);
    expect(versions[2]).toBe((versions[0] ?? 0) + 2);
    expect(store.revision).toBe((versions[0] ?? 0) + 3);
  });

  it("keeps an object's uid and creation time, and sets missing ones", () => {
    const store = new ObjectStore();
    const given = store.insert(PODS, pod("a", { uid: "mine", creationTimestamp: "2020-01-01T00:00:00Z" }));
    const made = store.insert(PODS, pod("b"));
    expect(given.metadata).toMatchObject({ uid: "mine", creationTimestamp: "2020-01-01T00:00:00Z" });
    expect(made.metadata.uid).toMatch(/^[\da-f-]{36}$/);
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it("never mutates an object that it returned", () => {
    const store = new ObjectStore();
    const first = store.insert(PODS, pod("a"));
    const before = structuredClone(first);
    store.replace(PODS, { ...first, spec: { changed: true } });
    expect(first).toEqual(before);
  });

  it("keeps a snapshot unchanged when objects are added and removed later", () => {
    const store = new ObjectStore();
    store.insert(PODS, pod("b"));
    store.insert(PODS, pod("a"));
    const snapshot = store.snapshot(PODS);
    store.remove(PODS, "team", "a");
    store.insert(PODS, pod("c"));
    expect(snapshot.entries.map(({ key }) => key)).toEqual(["team/a", "team/b"]);
    expect(store.snapshot(PODS).entries.map(({ key }) => key)).toEqual(["team/b", "team/c"]);
  });

  it("drops kept snapshots and earlier changes when compacted", () => {
    const store = new ObjectStore();
    store.insert(PODS, pod("a"));
    const snapshot = store.snapshot(PODS);
    store.keep(PODS, snapshot);
    expect(store.kept(PODS, snapshot.revision)).toBe(snapshot);
    store.compact();
    expect(store.kept(PODS, snapshot.revision)).toBeUndefined();
    expect(store.events.after(snapshot.revision - 1)).toBeUndefined();
    expect(store.events.after(snapshot.revision)).toEqual([]);
  });

  it("passes each change with the previous state to a listener, until it is stopped", () => {
    const store = new ObjectStore();
    const seen: string[] = [];
    const stop = store.events.listen(({ type, object, previous }) =>
      seen.push(`${type} ${object.metadata.name} ${previous ? "before" : "new"}`),
    );
    const first = store.insert(PODS, pod("a"));
    store.replace(PODS, first);
    store.remove(PODS, "team", "a");
    stop();
    store.insert(PODS, pod("b"));
    expect(seen).toEqual(["ADDED a new", "MODIFIED a before", "DELETED a before"]);
  });

  it("answers AlreadyExists and NotFound", () => {
    const store = new ObjectStore();
    store.insert(PODS, pod("a"));
    expect(() => store.insert(PODS, pod("a"))).toThrow('pods "a" already exists');
    expect(() => store.remove(PODS, "team", "b")).toThrow('pods "b" not found');
    expect(() => store.mustGet(PODS, "other", "a")).toThrow('pods "a" not found');
  });
});
