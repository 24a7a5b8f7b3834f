import { fieldAt } from "../objects/api-object.ts";
import { badRequest } from "../objects/api-status.ts";

/** Where a list goes on. https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/storage/continue.go */
export interface ContinuePosition {
  /** The revision of the first page; -1 means the latest, after the first one's snapshot has gone. */
  readonly revision: number;
  /** The first key that the next page may hold. */
  readonly start: string;
}

const TOKEN_VERSION = "meta.k8s.io/v1";

export function encodeContinue({ revision, start }: ContinuePosition): string {
  return Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start })).toString("base64url");
}

function refused(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}

/** @throws {ApiStatusError} 400 for text that is no token */
export function decodeContinue(token: string): ContinuePosition {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw refused("");
  }
  const version = fieldAt(read, "v");
  if (version !== TOKEN_VERSION) throw refused(`: server does not recognize this encoded version ${String(version)}`);
  const revision = fieldAt(read, "rv");
  const start = fieldAt(read, "start");
  if (typeof revision !== "number" || revision === 0) {
    throw refused(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw refused(": encoded start key empty (version meta.k8s.io/v1)");
  }
  return { revision, start };
}
