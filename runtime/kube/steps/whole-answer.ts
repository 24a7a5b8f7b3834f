import { parseJson } from "../decode/json.ts";
import { isStatus } from "../errors/status.ts";
import { subjectText } from "../errors/subject-text.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { KubeRequest, KubeResponse, Step } from "../request.ts";
import { apiErrorOf } from "./status-errors.ts";

/** Reads answers that are no stream to their end, so that a cut or unreadable one is met where it can be tried again. */
export const wholeAnswer: Step = (next) => async (request) => {
  const response = await next(request);
  if (request.stream || request.chunked) return response;
  const text = await response.body.text();
  const whole = { ...response, body: textContent(text) };
  if (!isJson(response)) return whole;
  const json = parseAnswer(request, response, text);
  if (isStatus(json) && json.status === "Failure") throw apiErrorOf(request, response, text);
  return { ...whole, json };
};

function isJson(response: KubeResponse): boolean {
  return String(response.headers["content-type"] ?? "").includes("json");
}

function parseAnswer(request: KubeRequest, response: KubeResponse, text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    const what = subjectText(request.subject, `${request.method} ${request.path}`);
    const problem = text === "" ? "is empty" : `is not JSON (${text.length} characters)`;
    throw new TransportError(`${what}: the API server's answer ${response.status} ${problem}`, {
      code: "BAD_ANSWER",
      sent: true,
      outcomeUnknown: request.method !== "GET",
      subject: request.subject,
    });
  }
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
