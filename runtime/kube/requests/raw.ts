import type { PathOptions } from "../surface/call-options.ts";
import { queryOf } from "./query.ts";
import type { KubeRequest } from "./request.ts";

/**
 * Checks a path that is sent as it is. Whoever resolves dots, decodes percent signs or takes it for a URL would send the token somewhere else.
 * @throws {RangeError} before anything is sent
 */
export function checkRawPath(path: string): string {
  if (typeof path !== "string") throw new RangeError(`a path is text, not ${typeof path}`);
  const parts = path.split("/");
  const isSafe =
    path.startsWith("/") && !path.startsWith("//") && !/[\\?#%\s]/.test(path) && /^[\x21-\x7e]+$/.test(path);
  if (!isSafe || parts.includes(".") || parts.includes("..")) {
    throw new RangeError(
      `${JSON.stringify(path)} is no path: it begins with one slash, and has neither dots as parts nor % \\ ? # or spaces`,
    );
  }
  return path;
}

/** Reads a path that is no resource, such as `/metrics`. */
export function rawRequest(path: string, { query = {}, signal }: PathOptions = {}): KubeRequest {
  return {
    method: "GET",
    path: checkRawPath(path),
    query: queryOf(query),
    headers: { accept: "text/plain, */*;q=0.5" },
    chunked: true,
    ...(signal === undefined ? {} : { signal }),
  };
}
