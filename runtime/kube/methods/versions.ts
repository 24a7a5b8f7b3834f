import { readJson } from "../decode/json.ts";
import type { Send } from "../request.ts";

/** The API versions of the core group: the smallest question that shows that the API server can be reached. */
export async function coreVersions(
  send: Send,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const response = await send({ method: "GET", path: "/api", query: [], headers: {}, ...options });
  return (await readJson<{ readonly versions?: readonly string[] }>(response)).versions ?? [];
}
