/** One answer to *why*: what happened, what shows it, and what to do. */
export interface Explanation {
  /** One sentence without a full stop. */
  readonly what: string;
  /** The words of Kubernetes or of the run itself, each with where they stand. */
  readonly evidence: readonly string[];
  /** A command, or what to change where. */
  readonly next: string;
}

/** A cause that a snapshot of objects may show. Adding one adds its line to the list of its kind. */
export interface Cause<Name extends string, Snapshot> {
  readonly name: Name;
  /** @returns undefined where it is not this */
  readonly find: (snapshot: Snapshot) => Explanation | undefined;
}

/** What was found: which cause, and its explanation. */
export type Finding<Name extends string> = Explanation & { readonly cause: Name };

/** The first cause that the snapshot shows; they stand in the order of what explains more. */
export function findCause<Name extends string, Snapshot>(
  causes: readonly Cause<Name, Snapshot>[],
  snapshot: Snapshot,
): Finding<Name> | undefined {
  for (const { name, find } of causes) {
    const explanation = unlessUnreadable(() => find(snapshot));
    if (explanation !== undefined) return { cause: name, ...explanation };
  }
  return undefined;
}

/** Objects that are not as the API describes them explain nothing, and keep no other cause from being found. */
export function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
