import type { ClusterConfig } from "../cluster-config.ts";
import { hasReason } from "../errors/api-error.ts";
import type { KubeRequest, Step } from "../request.ts";

/**
 * Says who is calling: bearer token and impersonation. A 401 drops the token that was read, and the request is made once more with a new one;
 * that is safe for every verb, because the server authenticates before it does anything.
 */
export function auth(config: Pick<ClusterConfig, "token" | "impersonate">): Step {
  const fixed = impersonationHeaders(config.impersonate);
  const source = config.token;
  return (next) => async (request) => {
    const send = async (refresh: boolean) => {
      const token = source === undefined ? {} : { authorization: `Bearer ${await source.get({ refresh })}` };
      return next(withHeaders(request, { ...fixed, ...token }));
    };
    try {
      return await send(false);
    } catch (error) {
      if (source === undefined || !hasReason(error, "Unauthorized")) throw error;
      return send(true);
    }
  };
}

/** What the caller set itself stays. */
function withHeaders(request: KubeRequest, headers: Readonly<Record<string, string | string[]>>): KubeRequest {
  return { ...request, headers: { ...headers, ...request.headers } as KubeRequest["headers"] };
}

function impersonationHeaders(impersonate: ClusterConfig["impersonate"]): Record<string, string | string[]> {
  if (impersonate === undefined) return {};
  const groups = impersonate.groups ?? [];
  return {
    "impersonate-user": impersonate.user,
    ...(groups.length === 0 ? {} : { "impersonate-group": [...groups] }),
  };
}
