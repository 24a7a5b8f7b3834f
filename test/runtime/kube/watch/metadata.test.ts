import { expect, test } from "vitest";
import type { WatchEvent } from "../../../../runtime/kube/surface/call-results.ts";
import { jobClient } from "../server/job-client.ts";
import { json, startScriptedServer } from "../server/scripted-server.ts";
import { bookmark, event, open } from "../server/watch-answers.ts";

const ACCESS = { pods: ["list", "watch"] } as const;
const META = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" };
const POD = { apiVersion: "v1", kind: "Pod" };

type Written = { readonly type: string; readonly object: object };

/** An event with an object as the server writes it: of another type, or with more than metadata. */
function as(one: object, more: object): object {
  const { type, object } = one as Written;
  return { type, object: { ...object, ...more } };
}

async function take(events: AsyncIterable<WatchEvent<object>>, count: number): Promise<WatchEvent<object>[]> {
  const taken: WatchEvent<object>[] = [];
  for await (const one of events) if (taken.push(one) === count) break;
  return taken;
}

test("watchMetadata requests only metadata, streamed from the beginning [G1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const events = [event("ADDED", "a", "3"), bookmark("10", true), event("DELETED", "a", "11")];
  server.answer(open(...events.map((one) => as(one, META))));
  expect(await take(client.kube.pods.watchMetadata(), 3)).toEqual([
    { type: "ADDED", object: expect.objectContaining({ ...META, metadata: expect.objectContaining({ name: "a" }) }) },
    { type: "SYNCED" },
    { type: "DELETED", object: expect.objectContaining(META) },
  ]);
  expect(server.requests[0]?.headers.accept).toBe(
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
  );
});

test("watchMetadata also lists only metadata if it lists first [G1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const list = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadataList", metadata: { resourceVersion: "5" } };
  server.answer(json(200, { ...list, items: [] }), open(as(event("ADDED", "a", "6"), META)));
  await take(client.kube.pods.watchMetadata({ sendInitialEvents: false }), 2);
  expect(server.requests.map(({ headers }) => /as=(\w+)/.exec(String(headers.accept))?.[1])).toEqual([
    "PartialObjectMetadataList",
    "PartialObjectMetadata",
  ]);
});

test("watchMetadata returns metadata alone even if the server answers whole objects [G1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const whole = { ...POD, spec: { containers: [] } };
  server.answer(
    open(as(event("ADDED", "a", "3"), whole), bookmark("10", true), as(event("MODIFIED", "a", "11"), whole)),
  );
  const metadata = expect.objectContaining({ name: "a" });
  expect(await take(client.kube.pods.watchMetadata(), 3)).toEqual([
    { type: "ADDED", object: { ...POD, metadata } },
    { type: "SYNCED" },
    { type: "MODIFIED", object: { ...POD, metadata } },
  ]);
});
