import { isStatus } from "../errors/status.ts";
import { subjectText } from "../errors/subject-text.ts";
import { TransportError } from "../errors/transport-error.ts";
import { changesNothing, type KubeRequest, type KubeResponse, type Step } from "../requests/request.ts";
import { parseJson } from "../values/json.ts";
import { apiErrorOf } from "./status-errors.ts";

/** Reads answers that are no stream to their end, so that a cut or unreadable one is met where it can be tried again. */
export const wholeAnswer: Step = (next) => async (request) => {
  const response = await next(request);
  if (request.stream || request.chunked) return response;
  const text = await response.body.text();
  const whole = { ...response, body: textContent(text) };
  if (!isJson(typeOf(response)) && !asksForJson(request)) return whole;
  const json = parseAnswer(request, response, text);
  if (isStatus(json) && json.status === "Failure") throw apiErrorOf(request, response, text);
  return { ...whole, json };
};

function typeOf({ headers }: KubeResponse): string {
  return String(headers["content-type"] ?? "");
}

function isJson(type: string): boolean {
  return type.includes("json");
}

/** What says nothing of it asks for JSON. */
function asksForJson({ headers }: KubeRequest): boolean {
  return isJson(String(headers.accept ?? "json"));
}

/**
 * Whatever stands before the server may answer in its place, with a page or with nothing: that is no object, and a write's outcome is then unknown. The server
 * itself calls some of its JSON text, as the list of its OpenAPI documents.
 */
function parseAnswer(request: KubeRequest, response: KubeResponse, text: string): unknown {
  const type = typeOf(response);
  const isCalledJson = type === "" || isJson(type);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    if (isCalledJson) {
      throw unreadable(request, response, text === "" ? "is empty" : `is not JSON (${text.length} characters)`);
    }
  }
  if (isObject(json) && (isCalledJson || type.startsWith("text/plain"))) return json;
  throw unreadable(request, response, isCalledJson ? "is not an object" : `is of type ${type.slice(0, 100)}, not JSON`);
}

/** Whatever the API server answers in JSON is an object. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(request: KubeRequest, { status }: KubeResponse, problem: string): TransportError {
  const what = subjectText(request.subject, `${request.method} ${request.path}`);
  return new TransportError(`${what}: the API server's answer ${status} ${problem}`, {
    code: "BAD_ANSWER",
    sent: true,
    outcomeUnknown: !changesNothing(request),
    subject: request.subject,
  });
}

function textContent(text: string): KubeResponse["body"] {
  return {
    text: async () => text,
    dump: async () => {},
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
  };
}
