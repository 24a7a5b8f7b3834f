import { fieldAt, isJsonObject } from "../objects/api-object.ts";
import { invalid, methodNotAllowed, noSuchResource, notServedHere } from "../objects/api-status.ts";
import type { ApiRequest, VerbHandler } from "./backend.ts";
import { deleteObject } from "./deletion.ts";
import { readDeletionOptions } from "./deletion-options.ts";
import { getObject } from "./get.ts";
import { patchFromBody } from "./patch.ts";
import { scaleHandlers } from "./scale.ts";
import { updateFromBody } from "./update.ts";
import { mediaTypeOf, parseBody, readDryRun, readObject } from "./write-request.ts";

const DEFAULT_TOKEN_SECONDS = 3_600;
/** The API server's own bounds. */
const MIN_TOKEN_SECONDS = 600;
const MILLISECONDS_PER_SECOND = 1_000;

/** POST …/serviceaccounts/NAME/token. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
const createToken: VerbHandler = async (request, { tokens }) => {
  const { info } = request;
  const sent = await readObject(request);
  const seconds = Number(fieldAt(sent, "spec", "expirationSeconds") ?? DEFAULT_TOKEN_SECONDS);
  if (seconds < MIN_TOKEN_SECONDS) {
    const message = `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`;
    throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [
      { reason: "FieldValueInvalid", message, field: "spec.expirationSeconds" },
    ]);
  }
  const token = tokens.issueFor(info.namespace, info.name, seconds);
  const expirationTimestamp = new Date(Date.now() + seconds * MILLISECONDS_PER_SECOND).toISOString();
  const status = { token, expirationTimestamp };
  const metadata = { name: info.name, namespace: info.namespace };
  const spec = { ...(isJsonObject(sent.spec) ? sent.spec : {}), expirationSeconds: seconds };
  return {
    status: 201,
    body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata, spec, status },
  };
};

/** POST …/pods/NAME/eviction: a deletion; the embedded API counts no disruption budgets. */
const evict: VerbHandler = async (request, backend) => {
  const { info, resource } = request;
  const sent = await parseBody(await request.readBody(), mediaTypeOf(request));
  const { dryRun, ...options } = readDeletionOptions(fieldAt(sent, "deleteOptions") ?? {}, request.query);
  const wished = readDryRun([...dryRun, ...request.query.getAll("dryRun")], "DeleteOptions");
  deleteObject(backend, resource, info.namespace, info.name, { ...options, dryRun: wished });
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
  return { status: 201, body, dryRun: wished };
};

/** GET …/pods/NAME/log: what has been written so far; a pod that did not run here has written nothing. */
const readLog: VerbHandler = ({ info, resource, query }, { store, logs }) => {
  const { uid } = store.mustGet(resource, info.namespace, info.name).metadata;
  const tail = query.get("tailLines");
  return { status: 200, text: logs.read(uid, tail === null ? undefined : Number(tail)) };
};

// By resource/subresource, or by the subresource alone with a star, then by verb.
const HANDLERS: Readonly<Record<string, Readonly<Record<string, VerbHandler>>>> = {
  "*/status": { get: getObject, update: updateFromBody, patch: patchFromBody },
  "*/scale": scaleHandlers,
  "pods/log": { get: readLog },
  "pods/eviction": { create: evict },
  "serviceaccounts/token": { create: createToken },
};

/** @throws {ApiStatusError} 404 where the resource has no such part, 405 where the embedded API does not serve it */
export function subresourceHandler({ info, resource }: ApiRequest): VerbHandler {
  if (!Object.hasOwn(resource.subresources, info.subresource)) throw noSuchResource();
  const handlers = HANDLERS[`${resource.resource}/${info.subresource}`] ?? HANDLERS[`*/${info.subresource}`];
  const handler = handlers?.[info.verb];
  if (handler) return handler;
  const subresource = { ...resource, resource: `${resource.resource}/${info.subresource}` };
  // The API server would serve it: who tries a job here must not look for the mistake in the job.
  if (resource.subresources[info.subresource]?.includes(info.verb)) throw notServedHere(subresource);
  throw methodNotAllowed(subresource, info.verb);
}
