import { expect, test, vi } from "vitest";
import { ApiError, hasReason } from "../../../../runtime/kube/errors/api-error.ts";
import { retryAfterSeconds, statusErrors } from "../../../../runtime/kube/pipeline/answers.ts";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { type Answer, json, startScriptedServer, status, text } from "../server/scripted-server.ts";

const READ: KubeRequest = {
  method: "GET",
  path: "/api/v1/namespaces/shop/pods/web",
  query: [],
  headers: {},
  attributes: { verb: "get", group: "", version: "v1", resource: "pods", namespace: "shop", name: "web" },
};

async function errorOf(answer: Answer, request: Partial<KubeRequest> = {}): Promise<ApiError> {
  await using server = await startScriptedServer();
  server.otherwise(answer);
  const connection = createConnection(server.config(), { sleep: async () => {} });
  try {
    await connection.send({ ...READ, ...request });
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  } finally {
    await connection.close();
  }
  throw new Error("it was answered");
}

test("an ApiError has the Status's reason, details, causes, audit id and flow schema [E1] [E9]", async () => {
  const error = await errorOf(
    status(409, "AlreadyExists", 'pods "web" already exists', {
      details: {
        name: "web",
        kind: "pods",
        causes: [{ reason: "FieldValueInvalid", message: "m", field: "spec" }],
        retryAfterSeconds: 3,
      },
      headers: { "audit-id": "an-id", "x-kubernetes-pf-flowschema-uid": "a-schema" },
    }),
  );
  expect(error).toMatchObject({
    code: 409,
    reason: "AlreadyExists",
    details: { name: "web", kind: "pods" },
    causes: [{ field: "spec" }],
    retryAfterSeconds: 3,
    auditId: "an-id",
    flowSchemaUid: "a-schema",
    message: 'get pods "web" in namespace "shop": 409 AlreadyExists: pods "web" already exists',
  });
});

test("hasReason distinguishes two reasons with the same code [E2]", async () => {
  const error = await errorOf(status(409, "AlreadyExists", "exists"));
  expect([hasReason(error, "AlreadyExists"), hasReason(error, "Conflict")]).toEqual([true, false]);
});

test.each([
  [404, "NotFound"],
  [401, "Unauthorized"],
  [406, "NotAcceptable"],
  [415, "UnsupportedMediaType"],
  [413, "RequestEntityTooLarge"],
  [418, "Unknown"],
])("an ApiError has the default reason of code %i if the answer has none: %s [E2] [E8] [G3]", async (code, reason) => {
  expect((await errorOf(json(code, { kind: "Status", status: "Failure", reason: "" }))).reason).toBe(reason);
});

test("a failure Status is an error even with code 200 [E3]", async () => {
  const error = await errorOf(
    json(200, { kind: "Status", status: "Failure", reason: "Conflict", code: 409, message: "no" }),
  );
  expect(error).toMatchObject({ code: 409, reason: "Conflict" });
});

test("an ApiError quotes a load balancer's page only partly [E4]", async () => {
  const error = await errorOf(text(404, `<html>${"x".repeat(5_000_000)}`, { "content-type": "text/html" }));
  expect(error.message.length).toBeLessThan(2_500);
  expect(error.message).toContain("<html>");
});

test("an ApiError does not quote binary answers [E4]", async () => {
  const error = await errorOf(text(404, "\u0000\u0001", { "content-type": "application/octet-stream" }));
  expect(error.message).toContain("an answer of type application/octet-stream");
});

test("an error's endless body is read partly [E6]", async () => {
  const error = await errorOf((response) => {
    response.writeHead(404, { "content-type": "text/plain" });
    const part = "x".repeat(64 * 1024);
    const write = () => {
      while (!response.destroyed && response.write(part)) {}
      if (!response.destroyed) response.once("drain", write);
    };
    write();
  });
  expect(error.code).toBe(404);
});

test.each<[string, Answer]>([
  ["an empty answer", text(200, "", { "content-type": "application/json" })],
  ["an empty answer without a type", (response) => void response.writeHead(200).end()],
  ["cut JSON", text(200, '{"kind":"Po', { "content-type": "application/json" })],
  ["a page of a load balancer", text(200, "<html>log in</html>", { "content-type": "text/html" })],
  ["JSON that says it is none", text(200, "{}", { "content-type": "text/html" })],
  ["a word that is JSON by chance", text(200, "404", { "content-type": "text/plain" })],
])(
  "%s of 200 is a typed error, for a read after a retry, for a write with an unknown outcome [E5] [G4] [E10]",
  async (_what, answer) => {
    await using server = await startScriptedServer();
    server.otherwise(answer);
    const connection = createConnection(server.config(), { sleep: async () => {} });
    await expect(connection.send(READ)).rejects.toMatchObject({
      name: "TransportError",
      code: "BAD_ANSWER",
      attempts: 11,
      outcomeUnknown: false,
    });
    await expect(connection.send({ ...READ, method: "POST", body: "{}" })).rejects.toMatchObject({
      code: "BAD_ANSWER",
      attempts: 1,
      outcomeUnknown: true,
    });
    await connection.close();
  },
);

test("an answer of another type is passed on if no JSON was requested, and JSON needs no type [G4]", async () => {
  await using server = await startScriptedServer();
  server.answer(text(200, "ok"), (response) => void response.writeHead(200).end('{"a":1}'));
  const connection = createConnection(server.config());
  const answer = await connection.send({ ...READ, headers: { accept: "text/plain" } });
  expect(await answer.body.text()).toBe("ok");
  expect(await connection.send(READ)).toMatchObject({ json: { a: 1 } });
  await connection.close();
});

test("an object declared as plain text is parsed, like the list of OpenAPI documents [G4]", async () => {
  await using server = await startScriptedServer();
  server.answer(text(200, '{"paths":{}}', { "content-type": "text/plain; charset=utf-8" }));
  const connection = createConnection(server.config());
  expect(await connection.send(READ)).toMatchObject({ json: { paths: {} } });
  await connection.close();
});

test("warnings of error answers and streams are kept as well [O4]", async () => {
  await using server = await startScriptedServer();
  server.answer(json(200, {}, { warning: '299 - "watched v1beta1"' }));
  server.otherwise(status(404, "NotFound", "no", { headers: { warning: '299 - "v1beta1 is deprecated"' } }));
  const told: string[] = [];
  const connection = createConnection(server.config(), { onWarning: (warning) => told.push(warning) });
  await (await connection.send({ ...READ, stream: true })).body.dump();
  await expect(connection.send(READ)).rejects.toThrow();
  await expect(connection.send(READ)).rejects.toThrow();
  await connection.close();
  expect(connection.stats.warnings).toEqual(["watched v1beta1", "v1beta1 is deprecated"]);
  expect(told).toEqual(connection.stats.warnings);
});

test("an error's stalled body is read for some seconds, also that of a stream [E6]", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  using _end = { [Symbol.dispose]: () => void vi.useRealTimers() };
  let isDumped = false;
  let stop: () => void = () => {};
  const body = {
    text: async () => "",
    dump: async () => {
      isDumped = true;
      stop();
    },
    async *[Symbol.asyncIterator]() {
      yield Buffer.from('{"kind":"Stat');
      await new Promise<void>((resolve) => {
        stop = resolve;
      });
      throw new Error("cut");
    },
  };
  const refused = statusErrors(async () => ({ status: 403, headers: {}, body }))({ ...READ, stream: true });
  const met = expect(refused).rejects.toMatchObject({ name: "ApiError", code: 403, reason: "Forbidden" });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(isDumped).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isDumped).toBe(true);
  await met;
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ["POST", 504, true],
  ["PATCH", 502, true],
  ["DELETE", 504, true],
  ["GET", 504, false],
  ["POST", 500, false],
  ["POST", 503, false],
  ["PUT", 409, false],
] as const)(
  "an ApiError after %s and %i knows whether the write may have succeeded: %s [D8] [D3]",
  async (method, code, outcomeUnknown) => {
    const error = await errorOf(status(code, "Timeout", "request did not complete"), { method });
    expect(error).toMatchObject({ code, outcomeUnknown });
    expect(error.message.endsWith("the outcome is unknown")).toBe(outcomeUnknown);
    expect(error.hint).toBe(outcomeUnknown ? "read the object to see whether the change was made" : undefined);
  },
);

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

test.each([
  ["0", 0],
  ["1", 1],
  [" 7 ", 7],
  ["3600", 60],
  ["Thu, 01 Jan 2026 12:00:05 GMT", 5],
  ["Thu, 01 Jan 2026 13:00:00 GMT", 60],
  ["Thu, 01 Jan 2026 11:00:00 GMT", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("retryAfterSeconds reads %j as %j [D9]", (text, expected) => {
  expect(retryAfterSeconds(text, () => NOW)).toBe(expected);
});
