import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { builtinResources } from "../../../runtime/kube/catalog/builtin.ts";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import type { Trace } from "../../../runtime/kube/pipeline/stats.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE } from "../until.ts";
import { adminClient } from "./real-client.ts";

const NAMES = Array.from({ length: 20 }, (_, index) => `c-${String(index).padStart(2, "0")}`);

let namespace: TestNamespace;
let client: ConnectedClient;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-reading");
  client = await adminClient(namespace);
  for (const [index, name] of NAMES.entries()) {
    const labels = { odd: String(index % 2), "example.test/tier": index < 5 ? "front" : "back" };
    await client.kube.secrets.create({ metadata: { name, labels }, stringData: { index: String(index) } });
  }
});

afterAll(async () => {
  await client.close();
  await namespace.delete();
});

const namesOf = (objects: readonly { readonly metadata: { readonly name: string } }[]) =>
  objects.map(({ metadata }) => metadata.name);

describe("the client's lists on a real server", () => {
  it("follow every page, in order, and fill in the items' types [F2] [F10] [F12]", async () => {
    const traces: Trace[] = [];
    await using own = await adminClient(namespace, { onRequest: (one) => traces.push(one) });
    const all = await own.kube.secrets.list({ limit: 1, labelSelector: "odd" }).toArray();
    expect(namesOf(all)).toEqual(NAMES);
    expect(new Set(all.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(new Set(["v1 Secret"]));
    expect(traces).toHaveLength(NAMES.length);
  });

  it("return metadata alone, and rows [G1] [G2]", async () => {
    const [first] = await client.kube.secrets.listMetadata({ labelSelector: "odd", limit: 7 }).toArray();
    expect(first).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "c-00", labels: { odd: "0" } } });
    expect(first).not.toHaveProperty("data");
    const rows = await client.kube.secrets.listTable({ labelSelector: "odd", limit: 7 }).toArray();
    expect(rows.map(({ cells }) => cells.Name)).toEqual(NAMES);
    expect(rows[19]).toMatchObject({
      cells: { Name: "c-19", Type: "Opaque", Data: 1 },
      object: { metadata: { name: "c-19" } },
    });
  });

  it("select by every operator of a label selector [J5]", async () => {
    const tier = "example.test/tier";
    const chosen = await client.kube.secrets
      .list({
        labelSelector: {
          matchLabels: { odd: "1" },
          matchExpressions: [
            { key: tier, operator: "In", values: ["front", "middle"] },
            { key: "odd", operator: "Exists" },
            { key: "absent", operator: "DoesNotExist" },
            { key: tier, operator: "NotIn", values: ["back"] },
          ],
        },
      })
      .toArray();
    expect(namesOf(chosen)).toEqual(["c-01", "c-03"]);
  });

  it("select by a field with any value [J6]", async () => {
    const choose = (name: string) => client.kube.secrets.list({ fieldSelector: { "metadata.name": name } }).toArray();
    expect(namesOf(await choose("c-07"))).toEqual(["c-07"]);
    for (const name of ["a,b", "c-07=", "back\\slash", "c-07,metadata.name!=x"]) expect(await choose(name)).toEqual([]);
  });

  it("list every kind by its plural and place [J8] [K3]", async () => {
    const listed = builtinResources().filter(({ verbs }) => verbs.includes("list"));
    expect(listed.length).toBeGreaterThan(50);
    const { kube } = client as unknown as { kube: Record<string, { list(): AsyncIterable<{ kind: string }> }> };
    for (const { resource, group, kind } of listed) {
      const key = group === "" ? resource : `${resource}.${group}`;
      for await (const object of kube[key]?.list() ?? []) {
        expect(object.kind).toBe(kind);
        break;
      }
    }
  });

  it("read names with colons [J3]", async () => {
    expect((await client.kube.clusterroles.get("system:node")).metadata.name).toBe("system:node");
  });
});

describe("the client's watches on a real server", () => {
  it("stream the initial list in one request, and report its end [H17]", async () => {
    const traces: Trace[] = [];
    await using own = await adminClient(namespace, { onRequest: (one) => traces.push(one) });
    const seen: string[] = [];
    for await (const event of own.kube.secrets.watch({ labelSelector: "odd=1" })) {
      if (event.type === "SYNCED") break;
      seen.push(`${event.type} ${event.object.metadata.name}`);
    }
    expect(seen.sort()).toEqual(NAMES.filter((_, index) => index % 2 === 1).map((name) => `ADDED ${name}`));
    expect(traces.map(({ verb }) => verb)).toEqual(["watch"]);
  });

  it("list first if requested, without losing a change between list and watch [H17]", async () => {
    const traces: Trace[] = [];
    await using own = await adminClient(namespace, { onRequest: (one) => traces.push(one) });
    const seen: string[] = [];
    for await (const event of own.kube.secrets.watch({ labelSelector: "odd=1", sendInitialEvents: false })) {
      if (event.type !== "SYNCED") seen.push(`${event.type} ${event.object.metadata.name}`);
      else await client.kube.secrets.create({ metadata: { name: "listed-later", labels: { odd: "1" } } });
      if (seen.at(-1) === "ADDED listed-later") break;
    }
    await client.kube.secrets.delete("listed-later");
    const odd = NAMES.filter((_, index) => index % 2 === 1);
    expect(seen.sort()).toEqual([...odd, "listed-later"].map((name) => `ADDED ${name}`).sort());
    expect(traces.map(({ verb }) => verb)).toEqual(["list", "watch"]);
  });

  it.each([true, false])("return metadata alone, with sendInitialEvents: %s [G1]", async (sendInitialEvents) => {
    const { secrets } = client.kube;
    const name = `watched-${sendInitialEvents}`;
    const labels = { watched: String(sendInitialEvents) };
    const made = await secrets.create({ metadata: { name, labels }, stringData: { key: "hidden" } });
    const objects: unknown[] = [];
    for await (const event of secrets.watchMetadata({ labelSelector: { matchLabels: labels }, sendInitialEvents })) {
      if (event.type === "SYNCED") await secrets.delete(made);
      else objects.push({ type: event.type, ...event.object });
      if (event.type === "DELETED") break;
    }
    const metadata = expect.objectContaining({ name, uid: made.metadata.uid });
    const alone = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata };
    expect(objects).toEqual([
      { type: "ADDED", ...alone },
      { type: "DELETED", ...alone },
    ]);
  });

  it("report an object that leaves the selector as deleted, and one that returns as added [H22]", async () => {
    await client.kube.configmaps.create({ metadata: { name: "moving", labels: { in: "yes" } } });
    const seen: string[] = [];
    for await (const event of client.kube.configmaps.watch({ labelSelector: "in=yes" })) {
      seen.push(event.type);
      if (seen.length === 2) await client.kube.configmaps.patch("moving", { metadata: { labels: { in: "no" } } });
      if (seen.length === 3) await client.kube.configmaps.patch("moving", { metadata: { labels: { in: "yes" } } });
      if (seen.length === 4) break;
    }
    expect(seen).toEqual(["ADDED", "SYNCED", "DELETED", "ADDED"]);
  });

  it("wait for an object that does not exist yet, and detect deletion [H23]", async () => {
    const { configmaps } = client.kube;
    const wanted = configmaps.waitFor("awaited", ({ data }) => data?.ready === "yes", { timeout: PATIENCE });
    await configmaps.create({ metadata: { name: "awaited" } });
    await configmaps.patch("awaited", { data: { ready: "yes" } });
    expect(await wanted).toMatchObject({ data: { ready: "yes" } });
    const object = await configmaps.get("awaited");
    const never = configmaps.waitFor(object, () => false, { timeout: PATIENCE });
    await configmaps.delete("awaited");
    expect(await never).toBe("gone");
    await expect(configmaps.waitFor("never", () => true, { timeout: "50ms" })).rejects.toMatchObject({
      reason: "WaitTimeout",
    });
  });
});
