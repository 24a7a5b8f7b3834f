import { expect, test } from "vitest";
import { jobClient } from "../server/job-client.ts";
import { startScriptedServer, status } from "../server/scripted-server.ts";
import { bookmark, cut, ended, event, open } from "../server/watch-answers.ts";

const ACCESS = { pods: ["watch"] } as const;
const READY = "ready";

function isReady(object: { metadata: { annotations?: Record<string, string> } }): boolean {
  return object.metadata.annotations?.note === READY;
}

test("reflect keeps a live map of existing objects [H13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer((response, request, socket) => {
    open(event("ADDED", "a", "1"), event("ADDED", "b", "2"), bookmark("3", true))(response, request, socket);
    changes.push((line) => response.write(`${JSON.stringify(line)}\n`));
  });
  const changes: ((line: object) => void)[] = [];
  await using pods = await client.kube.pods.reflect();
  expect([...pods.values()].map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  expect(pods.get("a")?.metadata.uid).toBe("uid-a");
  changes[0]?.(event("DELETED", "a", "4"));
  changes[0]?.(event("ADDED", "c", "5"));
  await expect.poll(() => pods.get("c")).toBeDefined();
  expect(pods.size).toBe(2);
  expect(pods.get("a")).toBeUndefined();
});

test("reflect fails if its watch is refused, and a later refusal is thrown by the map [H14]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(status(403, "Forbidden", "no"));
  await expect(client.kube.pods.reflect()).rejects.toMatchObject({ reason: "Forbidden" });
  server.answer(ended(bookmark("3", true)), status(403, "Forbidden", "no"));
  await using pods = await client.kube.pods.reflect();
  await expect
    .poll(() => {
      try {
        return pods.size;
      } catch (error) {
        return (error as Error).name;
      }
    })
    .toBe("ApiError");
});

test("waitFor returns the object once it meets the condition, despite a disconnect [H23] [H22]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(
    cut(event("ADDED", "web", "1"), bookmark("2", true)),
    open(event("MODIFIED", "web", "3", { note: READY })),
  );
  const web = await client.kube.pods.waitFor("web", isReady);
  expect(web).toMatchObject({ metadata: { resourceVersion: "3" } });
  expect(server.requests[0]?.target).toContain("fieldSelector=metadata.name%3Dweb");
});

test("waitFor waits for a name that does not exist yet [H23]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(bookmark("2", true), event("ADDED", "web", "3", { note: READY })));
  expect(await client.kube.pods.waitFor("web", isReady)).not.toBe("gone");
});

test.each([
  ["it was deleted", [event("ADDED", "web", "1"), bookmark("2", true), event("DELETED", "web", "3")]],
  ["it is not there", [bookmark("2", true)]],
  ["another took its name", [event("ADDED", "web", "5", { uid: "another", note: READY }), bookmark("6", true)]],
])("waitFor an object returns `gone` if %s [H23] [H21]", async (_what, events) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(...events));
  const web = { metadata: { name: "web", namespace: "shop", uid: "uid-web", resourceVersion: "1" } };
  expect(await client.kube.pods.waitFor(web, isReady)).toBe("gone");
});

test("waitFor throws a typed error on timeout [H23]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(event("ADDED", "web", "1"), bookmark("2", true)));
  await expect(client.kube.pods.waitFor("web", isReady, { timeout: "20ms" })).rejects.toMatchObject({
    name: "WaitTimeoutError",
    message: expect.stringContaining("timed out after 20ms"),
  });
});

test.each([
  ["it is deleted", [event("ADDED", "web", "1"), bookmark("2", true), event("DELETED", "web", "3")]],
  ["it is not there", [bookmark("2", true)]],
])("waitForGone resolves if %s [I10]", async (_what, events) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(...events), open(...events));
  await client.kube.pods.waitForGone("web");
  await client.kube.pods.waitForGone({ metadata: { name: "web", uid: "uid-web" } });
  expect(server.requests).toHaveLength(2);
});

test("waitForGone resolves if another object took the name [I10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(open(event("ADDED", "web", "5", { uid: "another" }), bookmark("6", true)));
  await client.kube.pods.waitForGone({ metadata: { name: "web", uid: "uid-web" } });
  expect(server.requests).toHaveLength(1);
});

test("waitFor and waitForGone return the current state in a dry run, in which nothing changes [P3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS, { dryRun: true });
  const there = open(event("ADDED", "web", "1"), bookmark("2", true));
  server.answer(there, there, open(bookmark("2", true)));
  expect(await client.kube.pods.waitFor("web", isReady)).toMatchObject({ metadata: { resourceVersion: "1" } });
  await client.kube.pods.waitForGone("web");
  expect(await client.kube.pods.waitFor("made-in-a-dry-run", isReady)).toBe("gone");
});
