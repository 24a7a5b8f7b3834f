import { expect, test } from "vitest";
import { ResponseBody } from "../../../../runtime/kube/transport/response-body.ts";

function setUp(highWaterBytes = 1024 * 1024) {
  const calls: string[] = [];
  const source = {
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    abort: () => void calls.push("abort"),
  };
  const body = new ResponseBody(source, (cause) => new Error("explained", { cause }), highWaterBytes);
  return { calls, body };
}

test("ResponseBody pauses its connection without a reader, and resumes when half is read [H5] [L1]", async () => {
  const { body, calls } = setUp(10);
  for (let count = 0; count < 3; count += 1) body.push(Buffer.alloc(4));
  expect(calls).toEqual(["pause"]);
  const reader = body[Symbol.asyncIterator]();
  await reader.next();
  expect(calls).toEqual(["pause"]);
  await reader.next();
  expect(calls).toEqual(["pause", "resume"]);
});

test("ResponseBody returns its data before a failure, then throws the explained error [L2]", async () => {
  const { body } = setUp();
  body.push(Buffer.from("received"));
  body.fail(new Error("cut"));
  const reader = body[Symbol.asyncIterator]();
  expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe("received");
  await expect(reader.next()).rejects.toThrow("explained");
});

test("ResponseBody ends the exchange when its reader stops early [F8] [H20]", async () => {
  const { body, calls } = setUp();
  body.push(Buffer.from("a"));
  for await (const _chunk of body) break;
  expect(calls).toEqual(["abort"]);
});

test("ResponseBody decodes characters split across chunks", async () => {
  const { body } = setUp();
  for (const byte of Buffer.from("a🚀é")) body.push(Buffer.from([byte]));
  body.end();
  expect(await body.text()).toBe("a🚀é");
});

test("dump ends the exchange of an incomplete body, and keeps the connection of a complete one [D11]", async () => {
  const { body, calls } = setUp();
  body.push(Buffer.from("a"));
  await body.dump();
  expect(calls).toEqual(["abort"]);
  const whole = setUp();
  whole.body.push(Buffer.from("a"));
  whole.body.end();
  await whole.body.dump();
  expect(whole.calls).toEqual([]);
});
