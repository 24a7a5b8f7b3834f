import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { start } from "../../../support/command.ts";
import { JudgedArchive } from "./archive-with-jobs.ts";
import { Receiver } from "./receiver.ts";

let folder: string;
let receiver: Receiver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "errand-alerts-"));
  receiver = await Receiver.listen();
  using hub = new JudgedArchive(join(folder, "hub.db"));
  hub.cronJob();
  hub.run("01:00", { outcome: "failed" });
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function startHub(mode = "") {
  const script = join(import.meta.dirname, "killed-hub.ts");
  const words = [process.execPath, script, join(folder, "hub.db"), receiver.url, mode] as const;
  return start(words, { env: { PATH: process.env.PATH ?? "" } });
}

it("sends a message again, with the same id, if it is killed before it could record the delivery", async () => {
  const first = startHub();
  receiver.onMessage = () => first.child.kill("SIGKILL");
  receiver.answers = [undefined];
  expect((await first.ended).code).toBe(null);
  receiver.onMessage = () => {};
  expect(await startHub().ended).toMatchObject({ code: 0, stderr: "" });
  expect(await startHub().ended).toMatchObject({ code: 0, stderr: "" });
  expect(receiver.ids).toHaveLength(2);
  expect(new Set(receiver.ids).size).toBe(1);
});

it("sends a message once if it is killed before its first byte", async () => {
  expect((await startHub("before").ended).code).toBe(null);
  expect(receiver.received).toEqual([]);
  expect(await startHub().ended).toMatchObject({ code: 0, stderr: "" });
  expect(await startHub().ended).toMatchObject({ code: 0, stderr: "" });
  expect(receiver.ids).toHaveLength(1);
});
