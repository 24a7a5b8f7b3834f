/** What files that share a process could hand on to one another. */
export interface ProcessState {
  readonly folder: string;
  readonly exitCode: typeof process.exitCode;
  readonly variables: ReadonlyMap<string, string | undefined>;
  readonly listeners: ReadonlyMap<string, number>;
  readonly globals: ReadonlyMap<string, unknown>;
}

/** The current state of the process, for {@link changesSince}. */
export function processState(): ProcessState {
  const globals = Object.entries(Object.getOwnPropertyDescriptors(globalThis));
  return {
    folder: process.cwd(),
    exitCode: process.exitCode,
    variables: new Map(Object.entries(process.env)),
    listeners: new Map(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
    globals: new Map(globals.map(([name, { get, value }]) => [name, get ?? value])),
  };
}

/**
 * What has changed and was not changed back, in words. Listeners may go, since `once` takes itself away, and globals may come: libraries such as zod
 * leave their own when they are loaded.
 *
 * @param before the state then
 */
export function changesSince(before: ProcessState): readonly string[] {
  const now = processState();
  const listeners = [...now.listeners].filter(([name, count]) => count > (before.listeners.get(name) ?? 0));
  return [
    ...(now.folder === before.folder ? [] : ["the working folder"]),
    ...(now.exitCode === before.exitCode ? [] : ["process.exitCode"]),
    ...changedNames(before.variables, now.variables).map((name) => `process.env.${name}`),
    ...changedNames(before.globals, now.globals)
      .filter((name) => before.globals.has(name))
      .map((name) => `globalThis.${name}`),
    ...listeners.map(([name]) => `process.on("${name}")`),
  ];
}

function changedNames(before: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): readonly string[] {
  const names = [...new Set([...before.keys(), ...now.keys()])];
  return names.filter((name) => !Object.is(before.get(name), now.get(name)));
}
