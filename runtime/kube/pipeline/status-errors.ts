import { ApiError } from "../errors/api-error.ts";
import { readStatus, reasonOfCode, type Status } from "../errors/status.ts";
import { subjectText } from "../errors/subject-text.ts";
import { LOOK_AT_OBJECT, NOT_KNOWN, TransportError } from "../errors/transport-error.ts";
import { changesNothing, isProxiedWrite, type KubeRequest, type KubeResponse, type Step } from "../requests/request.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** How much of an error's body is read, in bytes: a Status with many causes fits. */
const MAX_ERROR_BYTES = 256 * 1024;
/** How much of an answer that is no Status is quoted, in characters. */
const MAX_QUOTED_CHARACTERS = 2_048;
/** How long an error's body may take, in milliseconds. */
const ERROR_BODY_MS = 10_000;
/** The server ran out of time and may still be at it (504), or a proxy lost it after it had passed the request on (502). */
const MAY_BE_MADE: readonly number[] = [502, 504];

/** Turns every answer that is not a success into an ApiError. Redirects are errors too: a token is sent to one place only. */
export const statusErrors: Step = (next) => async (request) => {
  const response = await next(request);
  if (response.socket !== undefined) return response;
  if (response.status >= 200 && response.status < 300) {
    refuseEncoding(request, response);
    return response;
  }
  throw apiErrorOf(request, response, await cappedText(response));
};

/** Makes the error of an answer whose body was read. */
export function apiErrorOf(request: KubeRequest, response: KubeResponse, text: string): ApiError {
  const status = parseStatus(text);
  const code = response.status >= 300 ? response.status : (status?.code ?? 500);
  const reason = status?.reason || reasonOfCode(code);
  const what = subjectText(request.subject, `${request.method} ${request.path}`);
  const serverMessage = status?.message ?? quoted(request, response, text);
  const explained = serverMessage === "" ? "" : `: ${serverMessage}`;
  const outcomeUnknown = !changesNothing(request) && mayBeMade(request, code);
  return new ApiError(`${what}: ${code} ${reason}${explained}${outcomeUnknown ? NOT_KNOWN : ""}`, {
    code,
    reason,
    outcomeUnknown,
    ...(outcomeUnknown ? { hint: LOOK_AT_OBJECT } : {}),
    details: status?.details,
    retryAfterSeconds: retryAfterSeconds(header(response, "retry-after")) ?? status?.details?.retryAfterSeconds,
    auditId: header(response, "audit-id"),
    flowSchemaUid: header(response, "x-kubernetes-pf-flowschema-uid"),
    continueToken: status?.metadata?.continue || undefined,
    serverMessage,
    subject: request.subject,
  });
}

/** Behind a proxy only a refusal says that nothing was done: others fail half way, or send somebody elsewhere after they have done it. */
function mayBeMade(request: KubeRequest, code: number): boolean {
  return isProxiedWrite(request) ? code < 400 || code >= 500 : MAY_BE_MADE.includes(code);
}

function parseStatus(text: string): Status | undefined {
  try {
    return readStatus(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Answers of proxies and load balancers: quoted when they are text, named when they are something else, or may repeat what was sent. */
function quoted(request: KubeRequest, response: KubeResponse, text: string): string {
  const type = header(response, "content-type") ?? "";
  if (isProxiedWrite(request) || !/^text\/|json|^$/.test(type) || text.includes("\0"))
    return `an answer of type ${type}`;
  return text.slice(0, MAX_QUOTED_CHARACTERS).trim();
}

async function cappedText(response: KubeResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // A watch's or a log's answer may be silent for as long as it likes, its refusal may not.
  const timer = setTimeout(() => void response.body.dump(), ERROR_BODY_MS).unref();
  try {
    for await (const chunk of response.body) {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= MAX_ERROR_BYTES) break;
    }
  } catch {
    // The code alone still says what happened.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString("utf8", 0, MAX_ERROR_BYTES);
}

function refuseEncoding(request: KubeRequest, response: KubeResponse): void {
  const encoding = header(response, "content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  void response.body.dump();
  throw new TransportError(`${request.path}: the answer is encoded as "${encoding}", which was not asked for`, {
    code: "BAD_ENCODING",
    sent: true,
    outcomeUnknown: !changesNothing(request),
    subject: request.subject,
  });
}

function header(response: KubeResponse, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
