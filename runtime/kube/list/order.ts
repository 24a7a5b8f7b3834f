import type { KubeObject } from "../objects.ts";

/**
 * Remembers how far a list was given on. The API server lists in the order of namespace/name, so that after a restart everything up to the last
 * object that was given can be left out, without keeping every name.
 */
export class ListOrder {
  #last: Buffer | undefined;
  #ordered = true;

  /** False once the server listed in another order: a restart could then give an object twice. */
  get isOrdered(): boolean {
    return this.#ordered;
  }

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  /** Notes an object that is given on. */
  passed(object: KubeObject): void {
    const key = keyOf(object);
    if (this.#last !== undefined && Buffer.compare(key, this.#last) <= 0) this.#ordered = false;
    this.#last = key;
  }

  /** True for an object that was given on before. */
  isBefore(object: KubeObject): boolean {
    return this.#last !== undefined && Buffer.compare(keyOf(object), this.#last) <= 0;
  }
}

/** Compared by bytes, as the server's store does. */
function keyOf(object: KubeObject): Buffer {
  return Buffer.from(`${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`);
}
