import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import { LimitLedger } from "../../../../runtime/kube/pipeline/limit-ledger.ts";
import { limits } from "../../../../runtime/kube/pipeline/limits.ts";
import { StatsRecorder } from "../../../../runtime/kube/pipeline/stats.ts";
import type { KubeRequest, KubeResponse } from "../../../../runtime/kube/requests/request.ts";

const NAMES = ["a", "b", "c", "d"];
const METHODS = { create: "POST", patch: "PATCH", delete: "DELETE" } as const;

type Verb = keyof typeof METHODS;

interface Op {
  readonly verb: Verb | "recreate";
  readonly name: string;
  readonly fate: "answered" | "refused" | "cut";
  /** Turns of the event loop before the server gets to it. */
  readonly delay: number;
}

const op: fc.Arbitrary<Op> = fc.record({
  verb: fc.constantFrom("create", "patch", "patch", "patch", "delete", "recreate"),
  name: fc.constantFrom(...NAMES),
  fate: fc.constantFrom("answered", "answered", "answered", "refused", "cut"),
  delay: fc.nat(3),
});

/** A server of a few objects that knows what was really changed. A dry run changes none of them. */
class Server {
  readonly changed: Record<Verb, Set<string>> = { create: new Set(), patch: new Set(), delete: new Set() };
  readonly #isDry: boolean;
  readonly #uids = new Map(NAMES.map((name) => [name, `${name}-0`]));
  #made = 0;

  constructor(isDry: boolean) {
    this.#isDry = isDry;
  }

  recreate(name: string): void {
    this.#uids.set(name, this.#newUid(name));
  }

  /** @throws {ApiError} as the API server answers */
  apply(verb: Verb, name: string, wanted: string | undefined): KubeResponse {
    const uid = this.#uids.get(name);
    if (verb === "create") {
      if (uid !== undefined) throw new ApiError("exists", { code: 409, reason: "AlreadyExists" });
      return this.#change(verb, name, this.#newUid(name), 201);
    }
    if (uid === undefined) throw new ApiError("gone", { code: 404, reason: "NotFound" });
    if (wanted !== undefined && wanted !== uid) {
      const serverMessage = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`;
      throw new ApiError("conflict", { code: 409, reason: "Conflict", serverMessage });
    }
    return this.#change(verb, name, uid, 200);
  }

  #change(verb: Verb, name: string, uid: string, status: number): KubeResponse {
    this.changed[verb].add(uid);
    if (!this.#isDry && verb === "create") this.#uids.set(name, uid);
    if (!this.#isDry && verb === "delete") this.#uids.delete(name);
    return { status, headers: {}, json: { metadata: { uid } } } as unknown as KubeResponse;
  }

  #newUid(name: string): string {
    this.#made += 1;
    return `${name}-${this.#made}`;
  }
}

/** Makes the calls, several at once, as a job would that catches all errors. */
async function play(ops: readonly Op[], max: number, atOnce: number, dryRun = false) {
  const server = new Server(dryRun);
  const ledger = new LimitLedger({ create: max, patch: max, delete: max }, { dryRun });
  const send = limits(
    ledger,
    new StatsRecorder(),
  )(async ({ attributes, body, path }) => {
    const { fate, delay } = JSON.parse(path) as Op;
    for (let turn = 0; turn < delay; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (fate === "refused") throw new ApiError("not now", { code: 500, reason: "InternalError" });
    const { uid } = (body as { metadata?: { uid?: string } }).metadata ?? {};
    const response = server.apply(attributes?.verb as Verb, attributes?.name ?? "", uid);
    if (fate === "cut") throw new TransportError("cut", { code: "ECONNRESET", sent: true, outcomeUnknown: true });
    return response;
  });
  const left = [...ops];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      if (next.verb === "recreate") server.recreate(next.name);
      else await send(requestOf(next, next.verb)).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { server, crossed: ledger.crossed() };
}

function requestOf(next: Op, verb: Verb): KubeRequest {
  const attributes = { verb, group: "", version: "v1", resource: "pods", namespace: "n", name: next.name } as const;
  return { method: METHODS[verb], path: JSON.stringify(next), query: [], headers: {}, body: {}, attributes };
}

test("limits are never exceeded in any order of calls, even if names change their objects", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(op, { maxLength: 60 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      async (ops, max, atOnce) => {
        const { server } = await play(ops, max, atOnce);
        for (const verb of ["create", "patch", "delete"] as const) {
          expect(server.changed[verb].size, verb).toBeLessThanOrEqual(max);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("limits stop a real run exactly if its rehearsal says so, unless it changes again what it has changed", async () => {
  const patches = fc.array(
    op.map((one): Op => ({ ...one, verb: "patch", fate: "answered" })),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(patches, fc.integer({ min: 0, max: 5 }), async (ops, max) => {
      const rehearsal = await play(ops, max, 1, true);
      const real = await play(ops, max, 1);
      expect(real.crossed !== undefined).toBe(rehearsal.crossed !== undefined);
      if (rehearsal.crossed === undefined) expect(real.server.changed).toEqual(rehearsal.server.changed);
    }),
    { numRuns: 300 },
  );
});
