import type { Limit, Limits, ShareBasis } from "../../job/limits.ts";
import { LimitExceededError, resourceText } from "../errors/kube-error.ts";
import type { ResourceAttributes } from "../requests/request.ts";
import { ChangedObjects, ListedObjects, type NotedList } from "./counted-objects.ts";

/** What a mutation counts as. */
interface MutationWord {
  readonly verb: string;
  readonly resource: string;
}

/** What one call would change. */
export interface Change extends MutationWord {
  /** What tells the objects from others. Absent: nothing does before the server has answered. */
  readonly keys?: readonly string[];
  /** A name that stands for one object at a time, which may be changed again and counts once. */
  readonly name?: string;
}

/** Room for one call. */
export interface Reservation {
  /** What the objects count as until the server has said more. */
  readonly keys: readonly string[];
  /** The call must be held to the object with this uid: there is no room for another one. */
  readonly uid: string | undefined;
  /** Ends it. @param changed what the call changed, or may have changed: uids where they are known, and keys */
  settle(changed: readonly string[]): void;
}

/** Calls for each object that a limit allows. It ends a loop that changes the same objects over and over, which a count of objects alone would not. */
const CALLS_PER_OBJECT = 10;
/** A dry run counts this many objects beyond its limit, and then stops: enough to tell a slip from a flood, and what a cluster bears. */
const COUNTED_BEYOND = 10_000;

/**
 * The words that a mutation is counted under: an eviction takes a pod away, so it is a deletion; what goes through a proxy leaves the object as it is; the
 * other subresources are part of their object.
 */
export function mutationWord(
  attributes: Pick<ResourceAttributes, "verb" | "group" | "resource" | "subresource">,
): MutationWord {
  const { verb, group, resource, subresource } = attributes;
  const part = subresource === "proxy" ? { subresource } : {};
  return { verb: subresource === "eviction" ? "delete" : verb, resource: resourceText({ group, resource, ...part }) };
}

/**
 * Counts the objects that a run changes against the job's limits. Those under way count until their call has failed, so that never more than the limit
 * are changed. A dry run is not stopped at a limit: it goes on counting, to say how many it would have been.
 */
export class LimitLedger {
  /** Nothing is changed, so that counting goes on beyond a limit. */
  readonly isDry: boolean;
  readonly #limits: Limits;
  readonly #onLimit: ((error: Error) => void) | undefined;
  /** By the verb of the limit. */
  readonly #counts = new Map<string, ChangedObjects>();
  /** By what a share is of, and the resource. */
  readonly #listed = new Map<string, ListedObjects>();
  #stopped: LimitExceededError | undefined;
  /** How a dry run first crossed a limit. */
  #crossing: Crossing | undefined;
  #waiting: (() => void)[] = [];
  #newKeys = 0;

  constructor(limits: Limits, { dryRun = false, onLimit }: LedgerOptions = {}) {
    this.#limits = limits;
    this.isDry = dryRun;
    this.#onLimit = onLimit;
  }

  /** What shares are of: lists then have to be counted before their objects are handed on. Empty where no share is set. */
  get bases(): readonly ShareBasis[] {
    const shares = Object.values(this.#limits).filter(
      (limit) => typeof limit === "object" && limit.share !== undefined,
    );
    return [...new Set((shares as Share[]).map(basisOf))];
  }

  /** True where a limit counts mutations like this one. */
  bounds(word: MutationWord): boolean {
    return this.#limitOf(word).limit !== undefined;
  }

  /** Notes which objects a list had. @param uids what tells one object from another */
  listed(list: NotedList, uids: ReadonlySet<string>): void {
    const key = `${list.basis} ${list.resource}`;
    const noted = this.#listed.get(key) ?? new ListedObjects();
    this.#listed.set(key, noted);
    noted.note(list, uids);
  }

  /**
   * Takes room for one call; waits while others that may still fail have taken what is left.
   *
   * @param change what the call changes
   * @returns absent where no limit counts it
   * @throws {LimitExceededError} where the limit is reached
   */
  async reserve(change: Change): Promise<Reservation | undefined> {
    for (;;) {
      if (this.#stopped !== undefined) throw this.#stopped;
      const room = this.#room(change);
      if (room === undefined) return undefined;
      const { count, max, resource } = room;
      const maxCalls = change.keys?.length === 0 ? Number.POSITIVE_INFINITY : room.maxCalls;
      const { keys, least, uid } = this.#keysOf(change, count);
      const objects = count.used(resource, keys);
      const hasCalls = count.calls < maxCalls;
      if (hasCalls && objects <= max) return this.#begin(change, keys);
      // No other object than the one that counts already.
      if (hasCalls && uid !== undefined) return this.#begin(change, [uid], uid);
      if (this.isDry) {
        this.#crossing ??= { change, room, objects };
        if (Math.max(objects - max, count.calls - maxCalls) <= COUNTED_BEYOND) return this.#begin(change, keys);
        throw this.#stop(this.#crossing);
      }
      if (count.changed(resource, least) > max || count.callsMade >= maxCalls)
        throw this.#stop({ change, room, objects });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Refuses a change although its call was sent: the server did not make it, since it would have been of one object more than there is room for. */
  exceed(change: Change): LimitExceededError | undefined {
    const room = this.#room(change);
    return room && this.#stop({ change, room, objects: room.max + 1 });
  }

  /** What a call takes room for. What a name stands for may be another object by now: it takes room for that as well, or is held to the `uid`. */
  #keysOf({ keys, name }: Change, count: ChangedObjects): Keys {
    this.#newKeys += 1;
    const newKey = `#${this.#newKeys}`;
    if (name === undefined || keys !== undefined) return { keys: keys ?? [newKey], least: keys ?? [newKey] };
    const uid = count.uids.get(name);
    const known = [uid ?? name];
    if (this.isDry || !count.has(uid ?? name)) return { keys: known, least: known };
    const both = [...known, newKey];
    return { keys: both, least: uid === undefined && count.isChanged(name) ? both : known, uid };
  }

  /** @param uid the only object that the call may change */
  #begin(change: Change, keys: readonly string[], uid?: string): Reservation {
    const count = this.#countOf(change);
    count.begin(change.resource, keys);
    return { keys, uid, settle: (changed) => this.#settle(change, { count, keys, uid }, changed) };
  }

  /** The limit that a dry run crossed, with how many objects it would have been. */
  crossed(): LimitExceededError | undefined {
    return this.#stopped ?? (this.#crossing && this.#error(this.#crossing));
  }

  #settle({ resource, name, verb }: Change, { count, keys, uid }: Begun, changed: readonly string[]): void {
    count.end(resource, keys, changed);
    const [first] = changed;
    if (name !== undefined && first !== undefined && first !== name) count.uids.set(name, first);
    // Some servers do not hold a call to its uid, such as that of a custom resource's status.
    if (uid !== undefined && first !== undefined && first !== uid) this.exceed({ verb, resource });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #limitOf({ verb }: MutationWord): { readonly name: string; readonly limit: Limit | undefined } {
    const limits = this.#limits as Readonly<Record<string, Limit | undefined>>;
    const name = verb === "deletecollection" && limits.deletecollection === undefined ? "delete" : verb;
    return { name, limit: limits[name] };
  }

  #countOf(word: MutationWord): ChangedObjects {
    const { name } = this.#limitOf(word);
    const count = this.#counts.get(name) ?? new ChangedObjects();
    this.#counts.set(name, count);
    return count;
  }

  /** The bound that is nearest for a mutation. */
  #room(word: MutationWord): Room | undefined {
    const { limit } = this.#limitOf(word);
    if (limit === undefined) return undefined;
    const count = this.#countOf(word);
    const max = typeof limit === "number" ? limit : limit.max;
    const total = { count, max, maxCalls: max * CALLS_PER_OBJECT };
    if (typeof limit === "number" || limit.share === undefined) return total;
    const { resource } = word;
    const basis = basisOf(limit);
    const { size = 0, isNarrowed = false } = this.#listed.get(`${basis} ${resource}`) ?? {};
    const shareMax = Math.floor(limit.share * size);
    // The total is the nearer bound where other resources have used it up.
    if (max - count.changed(undefined, []) < shareMax - count.changed(resource, [])) return total;
    return { ...total, max: shareMax, resource, share: { part: limit.share, basis, size, isNarrowed } };
  }

  #stop(crossing: Crossing): LimitExceededError {
    if (this.#stopped !== undefined) return this.#stopped;
    this.#stopped = this.#error(crossing, "more than ");
    this.#onLimit?.(this.#stopped);
    return this.#stopped;
  }

  /** @param atLeast how the count of a dry run begins that was stopped too */
  #error({ change, room, objects: wanted }: Crossing, atLeast = ""): LimitExceededError {
    const { verb, resource: word } = change;
    const { count, max, maxCalls, resource, share } = room;
    const { name } = this.#limitOf(change);
    const objects = Math.max(wanted, count.used(resource, []));
    const isOfCalls = objects <= max;
    const limit = isOfCalls
      ? `${maxCalls} calls, ten for each object that limits.${name} allows`
      : limitText(max, share);
    const counted = isOfCalls ? `${count.calls} calls would be made` : `${objectsText(objects)} would be changed`;
    const message = this.isDry
      ? `${atLeast}${counted}; the limit is ${limit}`
      : `the limit is ${limit}; the next call was not made`;
    const hint =
      share?.isNarrowed === true && share.basis === "listed"
        ? `the job listed with a selector: list without it and choose in the job, or add of: "all" to limits.${name}`
        : `check what would change; if it is right, raise limits.${name}`;
    return new LimitExceededError(`${verb} ${word}: ${message}`, { verb, resource: word, max, hint });
  }
}

interface LedgerOptions {
  /** Nothing is changed, so that counting goes on beyond a limit. */
  readonly dryRun?: boolean | undefined;
  /** Called once, when the run must stop even if the job catches the error. */
  readonly onLimit?: ((error: Error) => void) | undefined;
}

interface Room {
  readonly count: ChangedObjects;
  readonly max: number;
  readonly maxCalls: number;
  /** Present where only one resource counts. */
  readonly resource?: string;
  readonly share?: {
    readonly part: number;
    readonly basis: ShareBasis;
    readonly size: number;
    readonly isNarrowed: boolean;
  };
}

/** What a call takes room for, and what it takes at least once others have ended. */
interface Keys {
  readonly keys: readonly string[];
  readonly least: readonly string[];
  readonly uid?: string | undefined;
}

type Begun = Pick<Reservation, "keys" | "uid"> & { readonly count: ChangedObjects };

/** A limit that a call crossed: the objects are those there would have been with it. */
interface Crossing {
  readonly change: Change;
  readonly room: Room;
  readonly objects: number;
}

type Share = Exclude<Limit, number>;

function basisOf({ of = "listed" }: Share): ShareBasis {
  return of;
}

function objectsText(count: number): string {
  return `${count} object${count === 1 ? "" : "s"}`;
}

function limitText(max: number, share: Room["share"]): string {
  if (share === undefined) return objectsText(max);
  const whole = share.basis === "all" ? "that exist" : "that the job listed";
  return `${objectsText(max)}, the share ${share.part} of the ${share.size} ${whole}`;
}
