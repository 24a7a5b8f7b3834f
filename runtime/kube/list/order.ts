import type { KubeObject } from "../surface/objects.ts";

/**
 * Remembers how far a list was given on. The API server lists in the order of namespace/name, so that after a restart everything up to the last
 * object that was given can be left out, without keeping every name.
 */
export class ListOrder {
  #last: string | undefined;
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
    if (this.#last !== undefined && key <= this.#last) this.#ordered = false;
    this.#last = key;
  }

  /** True for an object that was given on before. */
  isBefore(object: KubeObject): boolean {
    return this.#last !== undefined && keyOf(object) <= this.#last;
  }
}

/** Names are ASCII, so that JavaScript's order is the order of bytes, as the server's store has it. */
function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}
