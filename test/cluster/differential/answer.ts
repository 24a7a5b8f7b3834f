/** What came back from one of the two clients, in a form that both can be brought to. */
export type Answer = { readonly value: unknown } | { readonly error: ErrorAnswer };

interface ErrorAnswer {
  readonly code: number | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly details: unknown;
}

/** Fields that are of one answer only: identities, moments, and who wrote when. */
const OF_ONE_ANSWER: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "managedFields",
  "continue",
  "selfLink",
]);
/** Fields that the other library's models do not know yet, so that it drops what the server says there: by their kind and the end of their path. */
const DROPPED_BY_THEM: readonly RegExp[] = [
  /^Node .*\.status\.nodeInfo\.runningInUserNamespace$/,
  /^CSINode .*\.status$/,
];
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Waits for an answer of either client. @param errorOf what an error of that client tells */
export async function answerOf(asked: Promise<unknown>, errorOf: (error: Error) => ErrorAnswer): Promise<Answer> {
  try {
    return { value: await asked };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: errorOf(error) };
  }
}

/**
 * Removes from an answer what is always different.
 *
 * @param words texts that stand for the same on both sides, such as the namespaces, and by what they are replaced
 */
export function normalised(value: unknown, words: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return TIME.test(value) ? "<time>" : replaced(value, words);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return "<time>";
  if (Array.isArray(value)) return value.map((one) => normalised(one, words));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name, one]) => one !== undefined && !OF_ONE_ANSWER.has(name))
    .map(([name, one]) => [wireName(name), normalised(one, words)] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function replaced(text: string, words: Readonly<Record<string, string>>): string {
  let result = text.replace(UID, "<uid>");
  for (const [word, instead] of Object.entries(words)) result = result.replaceAll(word, instead);
  return result;
}

/** The first difference of two answers: its path, and both values. */
export function firstDifference(ours: unknown, theirs: unknown, path = "", kind = ""): string | undefined {
  if (theirs === undefined && DROPPED_BY_THEM.some((field) => field.test(`${kind} ${path}`))) return undefined;
  if (!isTree(ours) || !isTree(theirs) || Array.isArray(ours) !== Array.isArray(theirs)) {
    return Object.is(ours, theirs) ? undefined : `${path}: ours ${shown(ours)}, theirs ${shown(theirs)}`;
  }
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const found = firstDifference(
      ours[name],
      theirs[name],
      `${path}.${name}`,
      typeof ours.kind === "string" ? ours.kind : kind,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 300);
}

/** The library's models name fields that are words of JavaScript, or hold dashes, in their own way. */
function wireName(name: string): string {
  return name.replace(/^_(?=[a-z])/, "").replace(/^x_kubernetes_.*/, (found) => found.replaceAll("_", "-"));
}
