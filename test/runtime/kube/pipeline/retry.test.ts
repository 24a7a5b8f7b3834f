import { expect, test } from "vitest";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import { retry } from "../../../../runtime/kube/pipeline/retry.ts";
import { StatsRecorder } from "../../../../runtime/kube/pipeline/stats.ts";
import type { KubeRequest, KubeResponse } from "../../../../runtime/kube/requests/request.ts";

type Outcome = Error | "answer";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const WRITE: KubeRequest = { ...READ, method: "POST", body: '{"exact":"bytes"}' };

function silent(code: string, { sent = true, method = "GET" } = {}): TransportError {
  return new TransportError(`silent ${code}`, { code, sent, outcomeUnknown: sent && method !== "GET" });
}

function answered(code: number, retryAfterSeconds?: number, more: object = {}): ApiError {
  return new ApiError(`answered ${code}`, { code, reason: "SomeReason", retryAfterSeconds, ...more });
}

/** Runs a request against outcomes, the last of which is repeated. */
async function run(request: KubeRequest, ...outcomes: readonly Outcome[]) {
  const stats = new StatsRecorder();
  const waits: number[] = [];
  const seen: KubeRequest[] = [];
  const send = retry({ stats, random: () => 0, sleep: async (milliseconds) => void waits.push(milliseconds) })(
    async (one) => {
      const outcome = outcomes[Math.min(seen.length, outcomes.length - 1)];
      seen.push(one);
      if (outcome instanceof Error) throw outcome;
      return { status: 200, headers: {} } as KubeResponse;
    },
  );
  const error = await send(request).then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { attempts?: number },
  );
  return { error, waits, seen, stats };
}

test.each(["ECONNRESET", "EPIPE", "ECONNREFUSED", "CONNECT_TIMEOUT", "HEADERS_TIMEOUT", "ENOTFOUND"])(
  "retry repeats a read after %s [D1]",
  async (code) => {
    const { error, seen } = await run(READ, silent(code), "answer");
    expect(error).toBeUndefined();
    expect(seen).toHaveLength(2);
  },
);

test("retry waits longer each time, up to a maximum, and gives up after ten retries [D1] [D12]", async () => {
  const { error, waits } = await run(READ, silent("ECONNRESET"));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
  expect(error?.attempts).toBe(11);
});

test("retry gives up earlier if configured [D1]", async () => {
  const stats = new StatsRecorder();
  const send = retry({ stats, maxRetries: 2, sleep: async () => {} })(async () => {
    throw silent("ECONNREFUSED", { sent: false });
  });
  await expect(send(READ)).rejects.toMatchObject({ attempts: 3 });
});

test("retry does not repeat a write that may have been sent [D3]", async () => {
  const { error, seen } = await run(WRITE, silent("ECONNRESET", { method: "POST" }), "answer");
  expect(error).toMatchObject({ outcomeUnknown: true });
  expect(seen).toHaveLength(1);
});

test("retry repeats a write, byte for byte, if nothing was sent [D4] [D10]", async () => {
  const { error, seen } = await run(WRITE, silent("ECONNREFUSED", { sent: false, method: "POST" }), "answer");
  expect(error).toBeUndefined();
  expect(seen.map(({ body }) => body)).toEqual([WRITE.body, WRITE.body]);
});

test("retry repeats an idempotent write [D5]", async () => {
  const { error } = await run({ ...WRITE, idempotent: true }, silent("ECONNRESET", { method: "POST" }), "answer");
  expect(error).toBeUndefined();
});

test.each([
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_OSSL_PEM_NO_START_LINE",
  "ERR_INVALID_CHAR",
  "RangeError",
  "CLIENT_CLOSED",
])("retry gives up at once for an invalid certificate: %s [C1]", async (code) => {
  const { seen } = await run(READ, silent(code, { sent: false }));
  expect(seen).toHaveLength(1);
});

test.each([READ, WRITE])("retry waits as long as a 429 requests, for row %# [D6]", async (request) => {
  const { error, waits, stats } = await run(request, answered(429, 1), answered(429, 2), "answer");
  expect(error).toBeUndefined();
  expect(waits).toEqual([1000, 2000]);
  expect(stats.retries).toBe(2);
});

test("retry repeats a read after 429 without Retry-After, but not a write [D7]", async () => {
  expect((await run(READ, answered(429), "answer")).error).toBeUndefined();
  expect((await run(WRITE, answered(429), "answer")).seen).toHaveLength(1);
});

test.each([500, 502, 503, 504])("retry repeats a read after %i [D8]", async (code) => {
  expect((await run(READ, answered(code), "answer")).error).toBeUndefined();
});

test.each([
  [503, 1, 2],
  [503, undefined, 1],
  [504, 1, 1],
  [500, 1, 1],
])("retry after %i with Retry-After %s: a write is sent %i times [D8]", async (code, retryAfter, times) => {
  expect((await run(WRITE, answered(code, retryAfter), "answer")).seen).toHaveLength(times);
});

test("retry passes an eviction's 429 to the caller if a disruption budget blocks it [I12]", async () => {
  const attributes = { verb: "create", group: "", version: "v1", resource: "pods", subresource: "eviction" } as const;
  const details = { causes: [{ reason: "DisruptionBudget" }] };
  expect((await run({ ...WRITE, attributes }, answered(429, 10, { details }), "answer")).seen).toHaveLength(1);
});

test("retry repeats an eviction that priority and fairness refused [P6] [I12]", async () => {
  const attributes = { verb: "create", group: "", version: "v1", resource: "pods", subresource: "eviction" } as const;
  const throttled = answered(429, 1, { flowSchemaUid: "a-uid" });
  expect((await run({ ...WRITE, attributes }, throttled, "answer")).error).toBeUndefined();
});

test("retry does not repeat a read whose resource version is too large [E7]", async () => {
  const details = { causes: [{ reason: "ResourceVersionTooLarge" }] };
  expect((await run(READ, answered(504, 1, { details }), "answer")).seen).toHaveLength(1);
});

test("retry keeps the previous error as the cause of the last one [D12]", async () => {
  const first = silent("ECONNRESET");
  const last = answered(404);
  const { error } = await run(READ, first, last);
  expect(error).toBe(last);
  expect(error).toMatchObject({ attempts: 2, cause: first });
});

test("retry reports the last error if the run ends during a wait [P7] [C6]", async () => {
  const controller = new AbortController();
  const deadline = new Error("the deadline");
  const send = retry({
    stats: new StatsRecorder(),
    sleep: async () => {
      controller.abort(deadline);
      throw deadline;
    },
  })(async () => {
    throw answered(503, 1);
  });
  await expect(send({ ...READ, signal: controller.signal })).rejects.toMatchObject({
    code: "ABORTED",
    cause: deadline,
    attempts: 1,
    message: expect.stringContaining("answered 503"),
  });
});

test.each<[string, KubeRequest, Error, object]>([
  [
    "a write that was never sent",
    WRITE,
    silent("ECONNREFUSED", { sent: false, method: "POST" }),
    { sent: false, outcomeUnknown: false },
  ],
  ["a write that was refused", WRITE, answered(429, 1), { sent: true, outcomeUnknown: false }],
  [
    "an idempotent write that may have been made",
    { ...WRITE, idempotent: true },
    silent("ECONNRESET", { method: "POST" }),
    { sent: true, outcomeUnknown: true },
  ],
])(
  "retry knows the outcome of %s if the run ends during the wait after it [D3] [D4] [P7]",
  async (_what, request, met, outcome) => {
    const controller = new AbortController();
    const sleep = async () => {
      controller.abort(new Error("the deadline"));
      throw controller.signal.reason;
    };
    const send = retry({ stats: new StatsRecorder(), sleep })(async () => {
      throw met;
    });
    await expect(send({ ...request, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
      ...outcome,
    });
  },
);

test.each([
  [WRITE, true],
  [READ, false],
])(
  "retry does not know the outcome of %o if the run ends during a later attempt: %s [D3] [P7]",
  async (request, outcomeUnknown) => {
    const controller = new AbortController();
    let tries = 0;
    const send = retry({ stats: new StatsRecorder(), sleep: async () => {} })(async () => {
      tries += 1;
      if (tries === 1) throw silent("ECONNREFUSED", { sent: false });
      controller.abort(new Error("the deadline"));
      throw controller.signal.reason;
    });
    await expect(send({ ...request, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
      attempts: 2,
      outcomeUnknown,
    });
  },
);

test("retry reports before each wait how long retries may take", async () => {
  const told: [number, number][] = [];
  const send = retry({
    stats: new StatsRecorder(),
    maxRetries: 3,
    sleep: async () => {},
    onRetry: ({ attempt, longestMs }) => told.push([attempt, Math.floor(longestMs / 100) * 100]),
  })(async () => {
    throw silent("ECONNREFUSED", { sent: false });
  });
  await expect(send(READ)).rejects.toThrow("silent ECONNREFUSED");
  expect(told).toEqual([
    [1, 1_400],
    [2, 1_200],
    [3, 800],
  ]);
});
