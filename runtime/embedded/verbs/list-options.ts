import { ApiStatusError, badRequest, expired, invalid } from "../objects/api-status.ts";

/** What a list, a watch or a deletecollection is told in its query. https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/ */
export interface ListOptions {
  /** Objects a page; 0 means all. */
  readonly limit: number;
  /** Token of the page before; empty for the first. */
  readonly continueToken: string;
  /** Empty where any will do, which means the latest. */
  readonly resourceVersion: string;
  readonly match: string;
  readonly sendInitialEvents: string | null;
  readonly timeoutSeconds: number | undefined;
}

/**
 * Reads the options of a list or a watch.
 *
 * @param isWatch a watch takes other combinations than a list
 * @throws {ApiStatusError} 400 for numbers that are none, 422 for options that exclude each other
 */
export function readListOptions(query: URLSearchParams, isWatch: boolean): ListOptions {
  const options: ListOptions = {
    limit: Math.max(0, integer(query.get("limit")) ?? 0),
    continueToken: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    match: query.get("resourceVersionMatch") ?? "",
    sendInitialEvents: query.get("sendInitialEvents"),
    timeoutSeconds: integer(query.get("timeoutSeconds")),
  };
  const refusal = isWatch ? watchRefusal(options) : listRefusal(options);
  if (refusal) throw refusal;
  return options;
}

function integer(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/internalversion/validation/validation.go */
function listRefusal({ match, resourceVersion, continueToken, sendInitialEvents }: ListOptions) {
  if (match !== "") {
    if (resourceVersion === "") {
      return refused("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
    }
    if (continueToken !== "") {
      return refused("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
    }
    if (match === "Exact" && resourceVersion === "0") {
      return refused("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents !== null) return refused("sendInitialEvents", "sendInitialEvents is forbidden for list");
  return undefined;
}

function watchRefusal({ match, sendInitialEvents }: ListOptions): ApiStatusError | undefined {
  if (sendInitialEvents !== null && match !== "NotOlderThan") {
    const message = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    return refused("resourceVersionMatch", message);
  }
  if (match !== "" && sendInitialEvents === null) {
    const message = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    return refused("resourceVersionMatch", message);
  }
  return undefined;
}

function refused(field: string, message: string): ApiStatusError {
  return invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
    { reason: "FieldValueForbidden", message: `Forbidden: ${message}`, field },
  ]);
}

const VERSION = /^\d*$/;

/** What is wrong with a resourceVersion, in the API server's words; undefined for a number. */
export function versionProblem(resourceVersion: string): string | undefined {
  if (VERSION.test(resourceVersion)) return undefined;
  const quoted = JSON.stringify(resourceVersion);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
}

/** The answer for a version that the server has not come to. */
export function versionTooLarge(resourceVersion: string, current: number): ApiStatusError {
  const message = `Timeout: Too large resource version: ${resourceVersion}, current: ${current}`;
  return new ApiStatusError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** The answer for an exact version that is forgotten. */
export function versionTooOld(): ApiStatusError {
  return expired("The resourceVersion for the provided list is too old.");
}
