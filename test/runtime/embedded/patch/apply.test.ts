import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../runtime/embedded/objects/api-object.ts";
import { applyConfiguration } from "../../../../runtime/embedded/patch/apply.ts";
import { managersAfterUpdate, readManagers, writeManagers } from "../../../../runtime/embedded/patch/managed-fields.ts";

const APPLIED = { operation: "Apply", apiVersion: "apps/v1", subresource: "" } as const;

function apply(live: JsonObject | undefined, name: string, configuration: JsonObject, force = false): JsonObject {
  return applyConfiguration(live, { metadata: { name: "it" }, ...configuration }, { name, ...APPLIED }, force);
}

function update(live: JsonObject, name: string, change: (object: Record<string, unknown>) => void): JsonObject {
  const next = structuredClone(live);
  change(next as Record<string, unknown>);
  const managers = managersAfterUpdate(live, next, { ...APPLIED, name, operation: "Update" });
  return { ...next, metadata: { ...(next.metadata as object), managedFields: writeManagers(managers) } };
}

const container = (name: string, image: string) => ({ name, image });

describe("applyConfiguration", () => {
  it("owns every field that it sets, list items by their keys", () => {
    const object = apply(undefined, "one", { spec: { replicas: 1, containers: [container("a", "a:1")], args: ["x"] } });
    expect(readManagers(object)).toHaveLength(1);
    expect((object.metadata as JsonObject).managedFields).toMatchObject([
      {
        manager: "one",
        operation: "Apply",
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:spec": {
            "f:replicas": {},
            "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:image": {} } },
            "f:args": {},
          },
        },
      },
    ]);
  });

  it("removes fields that the manager leaves out, except those with another owner", () => {
    const first = apply(undefined, "one", {
      spec: { a: 1, b: 2, containers: [container("a", "a:1"), container("b", "b:1")] },
    });
    const second = apply(first, "two", { spec: { b: 2 } });
    const third = apply(second, "one", { spec: { containers: [container("b", "b:1")] } });
    expect(third.spec).toEqual({ b: 2, containers: [container("b", "b:1")] });
  });

  it("refuses to change another manager's field, and takes it over with force", () => {
    const first = apply(undefined, "one", { spec: { a: 1, containers: [container("a", "a:1")] } });
    const changed = { spec: { containers: [container("a", "a:2")] } };
    expect(() => apply(first, "two", changed)).toThrow(
      'Apply failed with 1 conflict: conflict with "one": .spec.containers[name="a"].image',
    );
    const forced = apply(first, "two", changed, true);
    expect(forced.spec).toEqual({ a: 1, containers: [container("a", "a:2")] });
    expect(() => apply(forced, "one", { spec: { a: 1, containers: [container("a", "a:1")] } })).toThrow(
      'conflict with "two"',
    );
  });

  it("shares a field if both managers set the same value", () => {
    const first = apply(undefined, "one", { spec: { a: 1 } });
    const second = apply(first, "two", { spec: { a: 1 } });
    expect(apply(second, "one", { spec: {} }).spec).toEqual({ a: 1 });
  });

  it("changes nothing, not even a time, if the same configuration is applied again", () => {
    const configuration = { spec: { a: 1, containers: [container("a", "a:1")] } };
    const first = apply(undefined, "one", configuration);
    expect(apply(first, "one", configuration)).toEqual(first);
  });

  it("conflicts with an update that changed an applied field", () => {
    const first = apply(undefined, "one", { spec: { a: 1, b: 2 } });
    const second = update(first, "editor", (object) => {
      object.spec = { a: 9, b: 2 };
    });
    expect(() => apply(second, "one", { spec: { a: 1, b: 2 } })).toThrow(
      /conflict with "editor" using apps\/v1 at \d{4}-[^:]+:\d\d:\d\dZ: \.spec\.a$/,
    );
  });
});

describe("managersAfterUpdate", () => {
  it("gives changed fields to the manager that changed them, and drops removed ones", () => {
    const first = apply(undefined, "one", { spec: { a: 1, b: 2, c: 3 } });
    const second = update(first, "editor", (object) => {
      object.spec = { a: 1, b: 5 };
    });
    const owned = readManagers(second).map(({ name, fields }) => [
      name,
      [...fields.values()].map((path) => path.join(" ")),
    ]);
    expect(owned).toEqual([
      ["one", ["f:spec f:a"]],
      ["editor", ["f:spec f:b"]],
    ]);
  });
});
