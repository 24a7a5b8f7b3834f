import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { ClusterAccess } from "./access.ts";

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

/** Which requests are wanted; what is left out is not looked at. */
export interface AuditFilter {
  /** The name of who asked: `system:serviceaccount:NAMESPACE:NAME` for a pod. */
  readonly user?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly namespace?: string;
}

/**
 * What the API server saw: an independent witness of what a client did, and of what it did not do.
 *
 * An event is written when its request is answered. A request that is still being answered is not there yet, so ask
 * after the client has ended.
 *
 * @param access the cluster
 * @param filter which requests
 * @returns the matching requests in the order of their answers
 */
export async function audit(access: ClusterAccess, filter: AuditFilter): Promise<readonly AuditEvent[]> {
  const found: AuditEvent[] = [];
  for await (const line of createInterface(createReadStream(access.auditLog))) {
    const event = JSON.parse(line) as AuditEvent;
    if (matches(event, filter)) found.push(event);
  }
  return found;
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
