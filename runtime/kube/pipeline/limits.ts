import { isRecord } from "../../job/problem.ts";
import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, KubeResponse, ResourceAttributes, Step } from "../requests/request.ts";
import { withPreconditions } from "../requests/writes.ts";
import { isMutation } from "./dry-run.ts";
import { type Change, countedAs, type LimitLedger, type Reservation } from "./limit-ledger.ts";
import type { StatsRecorder } from "./stats.ts";

/** HTTP status of a newly created object. */
const CREATED = 201;

/** Counts the objects that mutations change, and refuses a call that would exceed a limit. An unknown outcome counts as a change. */
export function limits(ledger: LimitLedger, stats: StatsRecorder): Step {
  return (next) => async (request) => {
    const { attributes } = request;
    if (attributes === undefined || !isMutation(request) || request.count === 0) return next(request);
    const change = changeOf(request, attributes);
    const room = await ledger.reserve(change);
    let changed: readonly string[] = [];
    let isMade = true;
    try {
      const response = await next(room?.uid === undefined ? request : heldTo(room.uid, request));
      if (room !== undefined) changed = keysAfter(request, response, room, ledger.isDry);
      return response;
    } catch (error) {
      isMade = (error instanceof ApiError || error instanceof TransportError) && error.outcomeUnknown;
      if (room !== undefined && isMade) changed = room.keys;
      throw room?.uid !== undefined && isOfAnother(error) ? (ledger.exceed(change) ?? error) : error;
    } finally {
      room?.settle(changed);
      if (isMade) stats.mutated(change.verb, change.resource);
    }
  };
}

/**
 * What a request would change. All updates and patches of one name count as one object, including its subresources. Each create makes a new
 * object, a deletion by name may find a new one, and each proxied call counts on its own.
 */
export function changeOf({ uid }: KubeRequest, attributes: ResourceAttributes): Change {
  const counted = countedAs(attributes);
  const { name, namespace = "", subresource } = attributes;
  const isRepeatable = (counted.verb === "update" || counted.verb === "patch") && subresource !== "proxy";
  return {
    ...counted,
    ...(uid === undefined ? {} : { keys: [uid] }),
    ...(isRepeatable && name !== undefined ? { name: `${counted.resource} ${namespace}/${name}` } : {}),
  };
}

/** The object's uid from the answer, if any. The uid of a created object is not needed, and a dry run's is not real. */
function keysAfter(
  { attributes }: KubeRequest,
  { status, json }: KubeResponse,
  { keys }: Reservation,
  isDry: boolean,
): readonly string[] {
  const { metadata, details } = isRecord(json) ? json : {};
  const uid = uidIn(metadata) ?? uidIn(details);
  const isNew = attributes?.verb === "create" || (isDry && status === CREATED);
  return uid === undefined || isNew ? keys.slice(0, 1) : [uid];
}

/** @param value metadata of an object, or details of a Status about one */
function uidIn(value: unknown): string | undefined {
  return isRecord(value) && typeof value.uid === "string" ? value.uid : undefined;
}

function heldTo(uid: string, request: KubeRequest): KubeRequest {
  const { body = {} } = request;
  return typeof body === "string" ? request : { ...request, body: withPreconditions(body, { uid }) };
}

/** True if the name now belongs to another object than the uid. */
function isOfAnother(error: unknown): boolean {
  return error instanceof ApiError && [409, 422].includes(error.code) && /\buid\b/i.test(error.serverMessage);
}
