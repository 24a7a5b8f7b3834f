import { parseDuration } from "../../job/duration.ts";
import type { LogOptions } from "../surface/call-options.ts";
import type { ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/**
 * Reads a container's log. Timestamps are always asked for: they tell where to go on after a cut.
 * @throws {RangeError} for `since` together with `sinceTime`
 */
export function logRequest(identity: ResourceIdentity, target: ResolvedTarget, options: LogOptions): KubeRequest {
  const { since, sinceTime } = options;
  if (since !== undefined && sinceTime !== undefined) throw new RangeError("logs: give since or sinceTime, not both");
  const request = requestOf("get", identity, {
    place: target.place,
    name: target.name,
    subresource: "log",
    query: {
      container: options.container,
      follow: options.follow,
      previous: options.previous,
      sinceSeconds: since === undefined ? undefined : Math.max(1, Math.ceil(parseDuration(since) / 1_000)),
      sinceTime,
      tailLines: options.tail,
      limitBytes: options.limitBytes,
      timestamps: true,
    },
    headers: { accept: "*/*" },
    signal: options.signal,
  });
  return options.follow ? { ...request, stream: true } : { ...request, chunked: true };
}
