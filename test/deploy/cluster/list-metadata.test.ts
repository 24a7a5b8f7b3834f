import { expect, it } from "vitest";
import { listMetadata } from "../../../deploy/cluster/list-metadata.ts";
import { scriptedServer } from "./scripted-server.ts";

const kind = { apiVersion: "v1", kind: "ConfigMap", namespace: "ops" };

it("listMetadata gives nothing when the server writes an empty list as null", async () => {
  const { send } = scriptedServer(() => ({ body: { items: null } }));
  await expect(listMetadata(send, kind, "a=b")).resolves.toEqual([]);
});
