import type { Limit, Limits, ShareBasis } from "../../job/limits.ts";
import { LimitExceededError, resourceText } from "../errors/kube-error.ts";
import type { ResourceAttributes } from "../requests/request.ts";
import { ChangedObjects, ListedObjects, type NotedList } from "./counted-objects.ts";

/** The verb and resource that a mutation counts as. */
interface CountedAs {
  readonly verb: string;
  readonly resource: string;
}

export interface Change extends CountedAs {
  /** Identifies the objects. Absent if unknown before the server answers. */
  readonly keys?: readonly string[];
  /** The name of an object, which may be changed repeatedly and counts once. */
  readonly name?: string;
}

/** Room in the limits for one call. */
export interface Reservation {
  /** Count as the objects until the server has answered. */
  readonly keys: readonly string[];
  /** If set, the call must be bound to the object with this uid: there is no room for another. */
  readonly uid: string | undefined;
  /** Ends the reservation. @param changed what the call has or may have changed: uids if known, otherwise keys */
  settle(changed: readonly string[]): void;
}

/** Calls per object that a limit allows. Stops a loop that keeps changing the same objects, which a count of objects alone would not. */
const CALLS_PER_OBJECT = 10;
/** How far beyond its limit a dry run counts before it stops: enough to show the scale, without overloading the cluster. */
const COUNTED_BEYOND = 10_000;

/**
 * The verb and resource that a mutation counts as: an eviction is a deletion of its pod; a proxied call does not change the object; other
 * subresources count as their object.
 */
export function countedAs(
  attributes: Pick<ResourceAttributes, "verb" | "group" | "resource" | "subresource">,
): CountedAs {
  const { verb, group, resource, subresource } = attributes;
  const part = subresource === "proxy" ? { subresource } : {};
  return { verb: subresource === "eviction" ? "delete" : verb, resource: resourceText({ group, resource, ...part }) };
}

/**
 * Counts the objects that a run changes against the job's limits. Calls in flight count until they fail, so the limit is never exceeded.
 * A dry run does not stop at a limit: it keeps counting, to report how many objects it would have changed.
 */
export class LimitLedger {
  /** A dry run counts on beyond a limit. */
  readonly isDry: boolean;
  readonly #limits: Limits;
  readonly #onLimit: ((error: Error) => void) | undefined;
  /** By the limit's verb. */
  readonly #counts = new Map<string, ChangedObjects>();
  /** By the share's basis and resource. */
  readonly #listed = new Map<string, ListedObjects>();
  #stopped: LimitExceededError | undefined;
  /** The first time a dry run exceeded a limit. */
  #crossing: Crossing | undefined;
  #waiting: (() => void)[] = [];
  #newKeys = 0;

  constructor(limits: Limits, { dryRun = false, onLimit }: LedgerOptions = {}) {
    this.#limits = limits;
    this.isDry = dryRun;
    this.#onLimit = onLimit;
  }

  /** The bases of the configured shares, for which lists must be counted before their objects are returned. Empty without shares. */
  get bases(): readonly ShareBasis[] {
    const shares = Object.values(this.#limits).filter(
      (limit) => typeof limit === "object" && limit.share !== undefined,
    );
    return [...new Set((shares as Share[]).map(basisOf))];
  }

  /** True if a limit applies to the mutation. */
  bounds(counted: CountedAs): boolean {
    return this.#limitOf(counted).limit !== undefined;
  }

  /** Records the objects of a list. @param uids identify the objects */
  listed(list: NotedList, uids: ReadonlySet<string>): void {
    const key = `${list.basis} ${list.resource}`;
    const noted = this.#listed.get(key) ?? new ListedObjects();
    this.#listed.set(key, noted);
    noted.note(list, uids);
  }

  /**
   * Reserves room for one call; waits while calls in flight, which may still fail, hold the rest.
   *
   * @returns undefined if no limit applies
   * @throws {LimitExceededError} if the limit is reached
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
      // Bind the call to the object that already counts.
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

  /** Refuses a change after its call was sent: the server did not make it, because it would have changed another object than the one with room. */
  exceed(change: Change): LimitExceededError | undefined {
    const room = this.#room(change);
    return room && this.#stop({ change, room, objects: room.max + 1 });
  }

  /** The keys to reserve. A name may now stand for another object: reserve room for that too, or bind the call to the `uid`. */
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

  /** The limit that a dry run exceeded, with the number of objects it would have changed. */
  crossed(): LimitExceededError | undefined {
    return this.#stopped ?? (this.#crossing && this.#error(this.#crossing));
  }

  #settle({ resource, name, verb }: Change, { count, keys, uid }: Begun, changed: readonly string[]): void {
    count.end(resource, keys, changed);
    const [first] = changed;
    if (name !== undefined && first !== undefined && first !== name) count.uids.set(name, first);
    // Some endpoints ignore the uid precondition, such as a custom resource's status.
    if (uid !== undefined && first !== undefined && first !== uid) this.exceed({ verb, resource });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #limitOf({ verb }: CountedAs): { readonly name: string; readonly limit: Limit | undefined } {
    const limits = this.#limits as Readonly<Record<string, Limit | undefined>>;
    const name = verb === "deletecollection" && limits.deletecollection === undefined ? "delete" : verb;
    return { name, limit: limits[name] };
  }

  #countOf(counted: CountedAs): ChangedObjects {
    const { name } = this.#limitOf(counted);
    const count = this.#counts.get(name) ?? new ChangedObjects();
    this.#counts.set(name, count);
    return count;
  }

  /** The tightest bound for a mutation. */
  #room(counted: CountedAs): Room | undefined {
    const { limit } = this.#limitOf(counted);
    if (limit === undefined) return undefined;
    const count = this.#countOf(counted);
    const max = typeof limit === "number" ? limit : limit.max;
    const total = { count, max, maxCalls: max * CALLS_PER_OBJECT };
    if (typeof limit === "number" || limit.share === undefined) return total;
    const { resource } = counted;
    const basis = basisOf(limit);
    const { size = 0, isNarrowed = false } = this.#listed.get(`${basis} ${resource}`) ?? {};
    const shareMax = Math.floor(limit.share * size);
    // The total is tighter if other resources have used it up.
    if (max - count.changed(undefined, []) < shareMax - count.changed(resource, [])) return total;
    return { ...total, max: shareMax, resource, share: { part: limit.share, basis, size, isNarrowed } };
  }

  #stop(crossing: Crossing): LimitExceededError {
    if (this.#stopped !== undefined) return this.#stopped;
    this.#stopped = this.#error(crossing, "more than ");
    this.#onLimit?.(this.#stopped);
    return this.#stopped;
  }

  /** @param atLeast prefix for the count of a dry run that was stopped */
  #error({ change, room, objects: wanted }: Crossing, atLeast = ""): LimitExceededError {
    const { verb, resource: changed } = change;
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
    return new LimitExceededError(`${verb} ${changed}: ${message}`, { verb, resource: changed, max, hint });
  }
}

interface LedgerOptions {
  /** A dry run counts on beyond a limit. */
  readonly dryRun?: boolean | undefined;
  /** Called once if the run must stop even if the job catches the error. */
  readonly onLimit?: ((error: Error) => void) | undefined;
}

interface Room {
  readonly count: ChangedObjects;
  readonly max: number;
  readonly maxCalls: number;
  /** Present if only one resource counts. */
  readonly resource?: string;
  readonly share?: {
    readonly part: number;
    readonly basis: ShareBasis;
    readonly size: number;
    readonly isNarrowed: boolean;
  };
}

/** The keys to reserve now, and the minimum once other calls have ended. */
interface Keys {
  readonly keys: readonly string[];
  readonly least: readonly string[];
  readonly uid?: string | undefined;
}

type Begun = Pick<Reservation, "keys" | "uid"> & { readonly count: ChangedObjects };

/** An exceeded limit, with the number of objects including the call's. */
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
