import { readJson, type Send } from "../requests/request.ts";
import type { CallOptions } from "../surface/call-options.ts";

/** The API versions of the core group: the smallest question that shows that the API server can be reached. */
export async function coreVersions(send: Send, { signal }: CallOptions = {}): Promise<readonly string[]> {
  const response = await send({
    method: "GET",
    path: "/api",
    query: [],
    headers: {},
    ...(signal === undefined ? {} : { signal }),
  });
  return (await readJson<{ readonly versions?: readonly string[] }>(response)).versions ?? [];
}
