import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ClusterAccess } from "./access.ts";
import { Kubectl } from "./kubectl.ts";
import { until } from "./until.ts";

/** One answered request, as the API server's audit log has it: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
export interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  /** Path and query, `dryRun=All` among them. */
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
  readonly requestReceivedTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Selects requests; absent fields match anything. */
export interface AuditFilter {
  /** The name of who asked: `system:serviceaccount:NAMESPACE:NAME` for a pod. */
  readonly user?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly namespace?: string;
}

/**
 * The requests that the API server received: independent evidence of what a client did and did not do.
 *
 * An event is written when its request is answered, which its client may know a moment before. So a request is made here, and the log is read
 * once that stands in it: what was answered before does too. A request that is still being answered is not there, so ask after the client has ended.
 *
 * @param access the cluster
 * @param filter which requests
 * @returns the matching requests in the order of their answers
 */
export async function audit(access: ClusterAccess, filter: AuditFilter): Promise<readonly AuditEvent[]> {
  const mark = `/version?mark=${randomUUID()}`;
  await new Kubectl(access).text(["get", "--raw", mark]);
  let lines: readonly string[] = [];
  await until("the audit log has the last request", async () => {
    // The last one may be written just now, and not be whole.
    lines = (await readFile(access.auditLog, "utf8")).split("\n").slice(0, -1);
    return lines.some((line) => line.includes(mark));
  });
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter((event) => matches(event, filter));
}

function matches(event: AuditEvent, { user, verb, resource, namespace }: AuditFilter): boolean {
  const wanted: readonly (readonly [string | undefined, string | undefined])[] = [
    [user, event.user.username],
    [verb, event.verb],
    [resource, event.objectRef?.resource],
    [namespace, event.objectRef?.namespace],
  ];
  return wanted.every(([asked, seen]) => asked === undefined || asked === seen);
}
