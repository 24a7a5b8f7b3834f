import type { StandardSchema } from "../job/definition.ts";
import { NotDeclaredError } from "../kube/errors/kube-error.ts";
import { type Call, fieldsOf, nameOf } from "./call.ts";
import { HttpError } from "./http-error.ts";

/** In bytes. */
const ERROR_BODY_MAX = 2_048;
/** Read of it, so that no secret is cut before it is redacted. */
const ERROR_BODY_READ = 16_384;
const JSON_MAX = 16 * 2 ** 20;

export async function refusal(response: Response, call: Call, redact = (text: string) => text): Promise<HttpError> {
  const { status, statusText } = response;
  const { text } = await readText(response, ERROR_BODY_READ).catch(() => ({ text: "" }));
  const body = Buffer.from(redact(withoutAddress(text, call.url)))
    .subarray(0, ERROR_BODY_MAX)
    .toString();
  const [line = ""] = body.trim().split("\n");
  const message = `${nameOf(call)} answered ${[status, statusText].join(" ").trim()}${line === "" ? "" : `: ${line}`}`;
  return new HttpError(message, { ...fieldsOf(call), status, body });
}

/** Shorter parts of an address are no secrets, and stand in many texts. */
const TELLING_LENGTH = 6;

/** Servers like to repeat what they were asked for, and a path or a query may be secret. */
function withoutAddress(text: string, { pathname, search, searchParams }: URL): string {
  const parts = [search, pathname, ...searchParams.values(), ...pathname.split("/")];
  const telling = parts.flatMap((part) => [part, decoded(part)]).filter((part) => part.length >= TELLING_LENGTH);
  return telling
    .toSorted((left, right) => right.length - left.length)
    .reduce((rest, part) => rest.replaceAll(part, "[…]"), text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** fetch's message is only "fetch failed"; the reason is in its cause. */
export function unreachable(error: unknown, call: Call): Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NotDeclaredError) return cause;
  }
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = isTimeout ? `no answer within ${call.timeoutMs / 1_000} s` : messageOf(cause);
  return new HttpError(`${nameOf(call)}: ${why}`, { ...fieldsOf(call), cause: error });
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(messageOf).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}

export async function readJson(response: Response, schema: StandardSchema, call: Call): Promise<unknown> {
  const { text, isWhole } = await readText(response, JSON_MAX).catch((error: unknown) => {
    call.signal.throwIfAborted();
    throw unreachable(error, call);
  });
  if (!isWhole) throw new HttpError(`${nameOf(call)}: the answer is longer than 16 MiB`, fieldsOf(call));
  const checked = await schema["~standard"].validate(parsed(text, call));
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.slice(0, 5).map(({ path = [], message }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return keys === "" ? message : `${keys}: ${message}`;
  });
  throw new HttpError(`${nameOf(call)}: unexpected answer: ${issues.join("; ")}`, fieldsOf(call));
}

function parsed(text: string, call: Call): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(`${nameOf(call)}: the answer is not JSON`, { ...fieldsOf(call), cause });
  }
}

/** Reads a body up to a number of bytes, and discards the rest. */
async function readText(
  { body }: Response,
  most: number,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > most) break;
  }
  return { text: Buffer.concat(chunks).subarray(0, most).toString(), isWhole: length <= most };
}
