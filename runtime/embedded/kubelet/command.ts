import type { Container } from "./pod.ts";

const ALLOW_NET = "--allow-net";

/**
 * The command of a container, for this machine: paths of mounted files where they are here, and this very Node.
 *
 * @param paths path in the container → path here, the longest first
 * @param knowsAllowNet whether this Node has the flag: one that does not dies of it, one that does denies the network without it
 * @throws {RangeError} for a container that runs something else than Node
 */
export function commandHere(
  { name, command = [], args = [] }: Container,
  paths: readonly (readonly [inContainer: string, here: string])[],
  knowsAllowNet: boolean,
): string[] {
  const [program, ...rest] = [...command, ...args];
  if (program !== "node") {
    throw new RangeError(`The container ${name} runs ${program ?? "its image's own program"}; here only node can run`);
  }
  const flags = rest.filter((word) => word !== ALLOW_NET);
  const needsNet = knowsAllowNet && flags.includes("--permission");
  return [...(needsNet ? [ALLOW_NET] : []), ...flags.map((word) => moved(word, paths))];
}

/** A path is a whole word, or what follows a flag's `=`. */
function moved(word: string, paths: readonly (readonly [inContainer: string, here: string])[]): string {
  const start = word.startsWith("--") ? word.indexOf("=") + 1 : 0;
  const path = word.slice(start);
  const found = paths.find(([inContainer]) => path === inContainer || path.startsWith(`${inContainer}/`));
  if (!found) return word;
  const [inContainer, here] = found;
  return `${word.slice(0, start)}${here}${path.slice(inContainer.length)}`;
}
