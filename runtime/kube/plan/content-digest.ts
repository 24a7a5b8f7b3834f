import { createHash } from "node:crypto";
import { isRecord } from "../../job/problem.ts";
import type { KubeRequest } from "../requests/request.ts";
import { NAMED_BY_TIME, resourceIn } from "./planned-change.ts";

/** 128 bits of SHA-256: nobody finds another content for the same digest. */
const DIGITS = 32;
/** Times are often cut to the second. */
const CUT_MS = 1_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** What the server keeps in an object's metadata: which object a change is about is compared by itself. */
const BOOKKEEPING = ["uid", "resourceVersion", "generation", "managedFields", "creationTimestamp"];
const VERSION_PATHS = ["/metadata/uid", "/metadata/resourceVersion"];

/**
 * A digest of what a request does to its object: method, kind of patch, options and body. It leaves out what differs between a dry run and the real one:
 * `dryRun`, preconditions, and times of the pass itself, such as the annotation by which a restart is made.
 *
 * @param since when the pass began, milliseconds since 1970
 */
export function contentDigest(request: KubeRequest, since: number, now = Date.now()): string {
  const { method, attributes, headers, query, path } = request;
  const isNamedByTime = attributes !== undefined && NAMED_BY_TIME.includes(resourceIn(attributes));
  const isProxied = attributes?.subresource === "proxy";
  const content = {
    method,
    type: headers["content-type"],
    options: query.filter(([name]) => name !== "dryRun").toSorted(([left], [right]) => (left < right ? -1 : 1)),
    // What stands behind a proxy is named by the rest of the path, and its body is no object of Kubernetes, and may be no JSON.
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
