import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import { type Connection, createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import { TestNamespace } from "../namespace.ts";
import { adminClient, adminConfig } from "./real-client.ts";

let namespace: TestNamespace;
let admin: ConnectedClient;
let connection: Connection;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-selectors");
  admin = await adminClient(namespace);
  connection = createConnection(await adminConfig(namespace));
  await admin.kube.configmaps.create({ metadata: { name: "old", labels: { app: "old" } } });
  await admin.kube.configmaps.create({ metadata: { name: "new" } });
});

afterAll(async () => {
  await connection.close();
  await admin.close();
  await namespace.delete();
});

/** The objects that the server would delete for an unchecked selector; `refused` for a 400. */
async function wouldDelete(option: "labelSelector" | "fieldSelector", text: string): Promise<string> {
  try {
    const { json } = await connection.send({
      method: "DELETE",
      path: `/api/v1/namespaces/${namespace.name}/configmaps`,
      query: [
        [option, text],
        ["dryRun", "All"],
      ],
      headers: {},
    });
    const { items } = json as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
    return items
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== "kube-root-ca.crt")
      .join();
  } catch (error) {
    if (hasReason(error, "BadRequest")) return "refused";
    throw error;
  }
}

describe("a selector on a real server", () => {
  it.each([
    ["labelSelector", "", "new,old"],
    ["labelSelector", " \t\n", "new,old"],
    ["labelSelector", ",", "refused"],
    ["labelSelector", "app=old,", "refused"],
    ["labelSelector", "\0app=old", "new,old"],
    ["fieldSelector", "", "new,old"],
    ["fieldSelector", ",", "new,old"],
    ["fieldSelector", ",,", "new,old"],
    ["fieldSelector", "metadata.name=old,", "old"],
    ["fieldSelector", ",metadata.name=old", "old"],
    ["fieldSelector", " ", "refused"],
    ["fieldSelector", "=", "new,old"],
    ["fieldSelector", "!=,==", "new,old"],
    ["fieldSelector", "=,metadata.name=old", "old"],
  ] as const)(
    "is refused by the client if a part of it is not a term: %s %j would select %s",
    async (option, text, found) => {
      expect(await wouldDelete(option, text)).toBe(found);
      const { configmaps } = admin.kube;
      const selection = { [option]: text };
      expect(() => configmaps.list(selection)).toThrow(RangeError);
      expect(() => configmaps.listMetadata(selection)).toThrow(RangeError);
      expect(() => configmaps.listTable(selection)).toThrow(RangeError);
      expect(() => configmaps.watch(selection)).toThrow(RangeError);
      expect(() => configmaps.watchMetadata(selection)).toThrow(RangeError);
      await expect(configmaps.reflect(selection)).rejects.toThrow(RangeError);
      await expect(configmaps.deleteCollection(selection)).rejects.toThrow(RangeError);
    },
  );

  it.each([
    ["labelSelector", "app=old", "old"],
    ["labelSelector", "app in (,old)", "old"],
    ["labelSelector", "app in ()", ""],
    ["labelSelector", "app", "old"],
    ["labelSelector", "!app", "new"],
    ["labelSelector", "app=", ""],
    ["fieldSelector", "metadata.name=old", "old"],
    ["fieldSelector", "metadata.name=", ""],
    ["fieldSelector", "metadata.name=a\\,b", ""],
    ["fieldSelector", "metadata.name!=new", "old"],
  ] as const)(
    "is sent if each part of it is a term, as on the server: %s %j selects %s",
    async (option, text, found) => {
      expect(await wouldDelete(option, text)).toBe(found);
      const names = (await admin.kube.configmaps.list({ [option]: text }).toArray()).map(
        ({ metadata }) => metadata.name,
      );
      expect(names.filter((name) => name !== "kube-root-ca.crt").join()).toBe(found);
    },
  );
});
