// Status bodies in the words of the real API server.
// https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/api/errors/errors.go
import type { ResourceInfo } from "../../job/access.ts";
import type { Status, StatusCause, StatusDetails } from "../../kube/errors/api-error.ts";
import { resourceText } from "../../kube/errors/kube-error.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
type StatusBody = Status & { readonly apiVersion: "v1" };

const STATUS = { kind: "Status", apiVersion: "v1", metadata: {} } as const;

/** Answers a successful request that returns no object. */
export function success(fields: Pick<Status, "details" | "code">): StatusBody {
  return { ...STATUS, status: "Success", ...fields };
}

/** Ends a request from anywhere; answered as a Status. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly body: StatusBody & { readonly code: number };

  /** @param reason empty if the API server gives none */
  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: Status["metadata"] = {},
  ) {
    super(message);
    const shown = details && withoutEmpty(details);
    this.body = {
      ...STATUS,
      metadata,
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(shown ? { details: shown } : {}),
      code,
    };
  }
}

function withoutEmpty(details: StatusDetails): StatusDetails {
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== "" && value !== undefined && value !== 0),
  );
}

type Named = Pick<ResourceInfo, "group" | "resource">;

/** `Pod` or `Deployment.apps`: how messages and tables name a kind. */
export function qualifiedKind({ group, kind }: Pick<ResourceInfo, "group" | "kind">): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** Quotes as Go's %q does for the names that occur here. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

export function notFound(resource: Named, name: string): ApiStatusError {
  const details = { name, group: resource.group, kind: resource.resource };
  return new ApiStatusError(404, "NotFound", `${resourceText(resource)} ${quote(name)} not found`, details);
}

/** For a resource that its group does not have. */
export function noSuchResource(): ApiStatusError {
  return new ApiStatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(resource: Named, name: string): ApiStatusError {
  const details = { name, group: resource.group, kind: resource.resource };
  return new ApiStatusError(409, "AlreadyExists", `${resourceText(resource)} ${quote(name)} already exists`, details);
}

export function conflict(resource: Named, name: string, why: string): ApiStatusError {
  const message = `Operation cannot be fulfilled on ${resourceText(resource)} ${quote(name)}: ${why}`;
  return new ApiStatusError(409, "Conflict", message, { name, group: resource.group, kind: resource.resource });
}

/** https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/generic/registry/store.go (OptimisticLockErrorMsg) */
export const MODIFIED_MEANWHILE =
  "the object has been modified; please apply your changes to the latest version and try again";

export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError(400, "BadRequest", message);
}

/** For an object that breaks a rule of its kind. */
export function invalid(kind: { group: string; kind: string }, name: string, causes: readonly StatusCause[]) {
  const bodies = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const why = bodies.length === 1 ? bodies[0] : `[${bodies.join(", ")}]`;
  return new ApiStatusError(422, "Invalid", `${qualifiedKind(kind)} ${quote(name)} is invalid: ${why}`, {
    name,
    group: kind.group,
    kind: kind.kind,
    causes,
  });
}

export function methodNotAllowed(resource: Named, action: string): ApiStatusError {
  const message = `${action} is not supported on resources of kind ${quote(resourceText(resource))}`;
  return new ApiStatusError(405, "MethodNotAllowed", message, { group: resource.group, kind: resource.resource });
}

/** For requests that need a node with containers. */
export function notServedHere(resource: Named): ApiStatusError {
  const message = `the embedded API does not serve ${quote(resourceText(resource))}: that needs a real cluster with nodes and containers`;
  return new ApiStatusError(405, "MethodNotAllowed", message, { group: resource.group, kind: resource.resource });
}

export function noSuchMethod(): ApiStatusError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiStatusError(405, "MethodNotAllowed", message, {});
}

export function unauthorized(): ApiStatusError {
  return new ApiStatusError(401, "Unauthorized", "Unauthorized");
}

export function unsupportedMediaType(accepted: readonly string[]): ApiStatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new ApiStatusError(415, "UnsupportedMediaType", message);
}

/** 410: the snapshot of a resourceVersion or continue token is gone. With the new token, the list can continue inconsistently. */
export function expired(message: string, continueToken?: string): ApiStatusError {
  const metadata = continueToken === undefined ? {} : { continue: continueToken };
  return new ApiStatusError(410, "Expired", message, undefined, metadata);
}

export function tooLarge(message: string): ApiStatusError {
  return new ApiStatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}
