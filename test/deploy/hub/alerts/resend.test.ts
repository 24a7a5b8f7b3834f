import { Hono } from "hono";
import { expect, it } from "vitest";
import { archiveSource } from "../../../../deploy/hub/archive/archive-source.ts";
import { hubApp } from "../../../../deploy/hub/serve/hub-app.ts";
import { JudgedArchive } from "./archive-with-jobs.ts";

const POST = { method: "POST", headers: { host: "localhost" } };

it("a message is sent again only on confirmation, and never from a page of another site", async () => {
  using hub = new JudgedArchive();
  const asked: string[] = [];
  const pages = new Hono().post("/api/resend", (c) => {
    asked.push(c.req.query("id") ?? "");
    return c.json({ resent: 1 });
  });
  const app = hubApp(
    () => archiveSource(hub.archive),
    () => ({}),
    pages,
  );
  const statusOf = async (path: string, init: RequestInit) => (await app.request(path, init)).status;
  expect(await statusOf("/api/resend?id=a", POST)).toBe(405);
  expect(await statusOf("/api/resend?id=a", { ...POST, method: "OPTIONS" })).toBe(405);
  expect(
    await statusOf("/api/resend?id=a", { ...POST, headers: { "errand-action": "yes", host: "evil.example" } }),
  ).toBe(421);
  expect(await statusOf("/jobs", { ...POST, headers: { "errand-action": "yes", host: "localhost" } })).toBe(405);
  expect(asked).toEqual([]);
  expect(await statusOf("/api/resend?id=a", { ...POST, headers: { "errand-action": "yes", host: "localhost" } })).toBe(
    200,
  );
  expect(asked).toEqual(["a"]);
});
