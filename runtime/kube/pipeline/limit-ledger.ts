import type { Limit, Limits } from "../../job/definition.ts";
import { LimitExceededError, resourceText } from "../errors/kube-error.ts";
import type { ResourceAttributes } from "../requests/request.ts";

/** What a mutation counts as. */
export interface MutationWord {
  readonly verb: string;
  readonly resource: string;
}

/**
 * The words that a mutation is counted under: an eviction takes a pod away, so that it is a deletion; what goes through a proxy leaves the object as it is; the
 * other subresources are part of their object.
 */
export function mutationWord(
  attributes: Pick<ResourceAttributes, "verb" | "group" | "resource" | "subresource">,
): MutationWord {
  const { verb, group, resource, subresource } = attributes;
  const part = subresource === "proxy" ? { subresource } : {};
  return { verb: subresource === "eviction" ? "delete" : verb, resource: resourceText({ group, resource, ...part }) };
}

/** Counts mutations against a job's limits. Those under way count until they have failed, so that never more than the limit succeed. */
export class LimitLedger {
  readonly #limits: Limits;
  readonly #onLimit: ((error: Error) => void) | undefined;
  readonly #made = new Map<string, number>();
  readonly #underWay = new Map<string, number>();
  /** Resource → what was listed of it. */
  readonly #listed = new Map<string, Listed>();
  #exceeded: LimitExceededError | undefined;
  #waiting: (() => void)[] = [];

  constructor(limits: Limits, onLimit?: (error: Error) => void) {
    this.#limits = limits;
    this.#onLimit = onLimit;
  }

  /** True where a share is bounded: lists then have to be counted before their objects are given on. */
  get needsListSizes(): boolean {
    return Object.values(this.#limits).some((limit) => typeof limit === "object" && limit.share !== undefined);
  }

  /** True where a limit counts mutations like this one. */
  bounds(word: MutationWord): boolean {
    return this.#room(word) !== undefined;
  }

  /**
   * Notes which objects a list had; the same list again replaces what it had before. An object counts once, in however many lists it is.
   * @param uids what tells one object from another
   */
  listed(resource: string, list: string, uids: ReadonlySet<string>): void {
    const { lists, timesOf } = this.#listed.get(resource) ?? { lists: new Map(), timesOf: new Map() };
    for (const uid of uids) timesOf.set(uid, (timesOf.get(uid) ?? 0) + 1);
    for (const uid of lists.get(list) ?? []) {
      const times = (timesOf.get(uid) ?? 1) - 1;
      if (times === 0) timesOf.delete(uid);
      else timesOf.set(uid, times);
    }
    this.#listed.set(resource, { lists: lists.set(list, uids), timesOf });
  }

  /**
   * Takes room for a mutation; waits while others that may still fail have taken what is left.
   * @throws {LimitExceededError} where the limit is reached
   */
  async reserve(word: MutationWord, count: number): Promise<void> {
    for (;;) {
      if (this.#exceeded !== undefined) throw this.#exceeded;
      const room = this.#room(word);
      if (room === undefined || this.#sum(this.#made, room) + this.#sum(this.#underWay, room) + count <= room.max)
        break;
      if (this.#sum(this.#made, room) + count > room.max) throw this.#exceed(word, room);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    add(this.#underWay, word, count);
  }

  /** Ends what `reserve` began. @param made how many of them were made, or may have been */
  settle(word: MutationWord, count: number, made: number): void {
    add(this.#underWay, word, -count);
    add(this.#made, word, made);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** The bound that is nearest for a mutation. */
  #room(word: MutationWord): Room | undefined {
    const bucket =
      word.verb === "deletecollection" && this.#limits.deletecollection === undefined ? "delete" : word.verb;
    const limit = (this.#limits as Readonly<Record<string, Limit | undefined>>)[bucket];
    if (limit === undefined) return undefined;
    const verbs =
      bucket === "delete" && this.#limits.deletecollection === undefined ? ["delete", "deletecollection"] : [bucket];
    const max = typeof limit === "number" ? limit : limit.max;
    if (typeof limit === "number" || limit.share === undefined) return { verbs, max };
    const size = this.#listed.get(word.resource)?.timesOf.size ?? 0;
    const shareMax = Math.floor(limit.share * size);
    const made = this.#sum(this.#made, { verbs, max });
    // The total is the nearer bound where other resources have used it up.
    if (max - made < shareMax - this.#sum(this.#made, { verbs, max, resource: word.resource })) return { verbs, max };
    return { verbs, max: shareMax, resource: word.resource, share: { part: limit.share, size } };
  }

  #sum(counts: ReadonlyMap<string, number>, room: Room): number {
    let sum = 0;
    for (const [key, count] of counts) {
      const [verb = "", resource] = key.split(" ");
      if (room.verbs.includes(verb) && (room.resource === undefined || room.resource === resource)) sum += count;
    }
    return sum;
  }

  #exceed(word: MutationWord, room: Room): LimitExceededError {
    const why =
      room.share === undefined
        ? `${room.max} in one run`
        : `${room.max}, which is the share ${room.share.part} of the ${room.share.size} that were listed`;
    this.#exceeded = new LimitExceededError(
      `${word.verb} ${word.resource}: the limit is ${why}; the next one was not made`,
      {
        ...word,
        max: room.max,
        hint: `look at what would be changed, then raise limits.${word.verb} if it is right`,
      },
    );
    this.#onLimit?.(this.#exceeded);
    return this.#exceeded;
  }
}

/** What was listed of a resource: each list with its objects, and in how many of the lists an object is. */
interface Listed {
  readonly lists: Map<string, ReadonlySet<string>>;
  readonly timesOf: Map<string, number>;
}

interface Room {
  readonly verbs: readonly string[];
  readonly max: number;
  /** Present where only one resource counts. */
  readonly resource?: string;
  readonly share?: { readonly part: number; readonly size: number };
}

function add(counts: Map<string, number>, word: MutationWord, count: number): void {
  const key = `${word.verb} ${word.resource}`;
  counts.set(key, (counts.get(key) ?? 0) + count);
}
