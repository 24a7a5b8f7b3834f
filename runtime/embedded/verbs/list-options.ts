import { fieldAt } from "../objects/api-object.ts";
import { ApiStatusError, badRequest, expired, invalid } from "../objects/api-status.ts";

/** The query of a list, watch or deletecollection. https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/ */
export interface ListOptions {
  /** Page size in objects; 0 for all. */
  readonly limit: number;
  /** Empty for the first page. */
  readonly continueToken: string;
  /** Empty for the latest. */
  readonly resourceVersion: string;
  readonly match: string;
  readonly sendInitialEvents: string | null;
  readonly timeoutSeconds: number | undefined;
}

/**
 * Reads the options of a list or a watch.
 *
 * @param isWatch different combinations are valid for a watch
 * @throws {ApiStatusError} 400 for an invalid number, 422 for contradictory options
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

/** The API server's error for an invalid resourceVersion; undefined for a number. */
export function versionProblem(resourceVersion: string): string | undefined {
  if (VERSION.test(resourceVersion)) return undefined;
  const quoted = JSON.stringify(resourceVersion);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
}

export function versionTooLarge(resourceVersion: string, current: number): ApiStatusError {
  const message = `Timeout: Too large resource version: ${resourceVersion}, current: ${current}`;
  return new ApiStatusError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

export function versionTooOld(): ApiStatusError {
  return expired("The resourceVersion for the provided list is too old.");
}

/** Where a list continues. https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/storage/continue.go */
export interface ContinuePosition {
  /** The revision of the first page; -1 for the latest, after that snapshot is gone. */
  readonly revision: number;
  /** The first possible key of the next page. */
  readonly start: string;
}

const TOKEN_VERSION = "meta.k8s.io/v1";

export function encodeContinue({ revision, start }: ContinuePosition): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start })).toString("base64url");
}

function badToken(why: string): ApiStatusError {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}

/** @throws {ApiStatusError} 400 for text that is not a token */
export function decodeContinue(token: string): ContinuePosition {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw badToken("");
  }
  const version = fieldAt(read, "v");
  if (version !== TOKEN_VERSION) throw badToken(`: server does not recognize this encoded version ${String(version)}`);
  const revision = fieldAt(read, "rv");
  const start = fieldAt(read, "start");
  if (typeof revision !== "number" || revision === 0) {
    throw badToken(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw badToken(": encoded start key empty (version meta.k8s.io/v1)");
  }
  return { revision, start };
}
