import { createHash } from "node:crypto";
import { isRecord } from "../../job/problem.ts";
import { resourceText } from "../errors/kube-error.ts";
import type { KubeRequest } from "../requests/request.ts";
import { NAMED_BY_TIME } from "./planned-change.ts";

/** 128 bits of SHA-256: finding other content with the same digest is infeasible. */
const DIGITS = 32;
/** Times are often truncated to the second. */
const CUT_MS = 1_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** Metadata that the server maintains. The object's identity is compared separately. */
const BOOKKEEPING = ["uid", "resourceVersion", "generation", "managedFields", "creationTimestamp"];
const VERSION_PATHS = ["/metadata/uid", "/metadata/resourceVersion"];

/**
 * A digest of what a request does to its object: method, patch type, options and body. It leaves out what differs between a dry run and the real run:
 * `dryRun`, preconditions, and current times, such as the annotation of a restart.
 *
 * @param since start of the pass, in milliseconds since 1970
 */
export function contentDigest(request: KubeRequest, since: number, now = Date.now()): string {
  const { method, attributes, headers, query, path } = request;
  const isNamedByTime = attributes !== undefined && NAMED_BY_TIME.includes(resourceText(attributes));
  const isProxied = attributes?.subresource === "proxy";
  const content = {
    method,
    type: headers["content-type"],
    options: query.filter(([name]) => name !== "dryRun").toSorted(([left], [right]) => (left < right ? -1 : 1)),
    // A proxied request is identified by its whole path, and its body may be anything.
    ...(attributes === undefined || isProxied ? { path } : {}),
    body: isProxied ? request.body : withoutBookkeeping(request.body, isNamedByTime),
  };
  const text = JSON.stringify(content, (_field, value) => {
    if (typeof value === "bigint") return `${value}n`;
    return isOfPass(value, since, now) ? "now" : value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
}

function isOfPass(value: unknown, since: number, now: number): boolean {
  if (typeof value !== "string" || !TIME.test(value)) return false;
  const time = Date.parse(value);
  return time >= since - CUT_MS && time <= now + CUT_MS;
}

function withoutBookkeeping(body: unknown, isNamedByTime: boolean): unknown {
  if (Array.isArray(body)) return body.filter((step) => !isRecord(step) || !VERSION_PATHS.includes(String(step.path)));
  if (!isRecord(body)) return body;
  const { dryRun: _dryRun, preconditions: _preconditions, ...rest } = body;
  const { metadata, deleteOptions } = body;
  const left = isNamedByTime ? [...BOOKKEEPING, "name"] : BOOKKEEPING;
  return {
    ...rest,
    ...(isRecord(metadata) ? { metadata: without(metadata, left) } : {}),
    ...(isRecord(deleteOptions) ? { deleteOptions: without(deleteOptions, ["dryRun", "preconditions"]) } : {}),
  };
}

function without(record: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)));
}
