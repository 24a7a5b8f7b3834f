import { ApiStatusError, qualified, quote } from "../objects/api-status.ts";
import type { UserInfo } from "./authentication.ts";
import type { Attributes } from "./policy-rule.ts";

/**
 * The 403 of the API server, word by word: clients read the missing rule out of it.
 * https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/responsewriters/errors.go
 *
 * @param reason what else went wrong, such as a binding to a role that is gone; empty where nothing did
 */
export function forbidden(user: UserInfo, wanted: Attributes, reason: string): ApiStatusError {
  const ending = reason === "" ? "" : `: ${reason}`;
  const why = `${escapeHtml(describe(user, wanted))}${ending}`;
  if (wanted.about === "path") return new ApiStatusError(403, "Forbidden", `forbidden: ${why}`, {});
  const subject = wanted.name === "" ? qualified(wanted) : `${qualified(wanted)} ${quote(wanted.name)}`;
  return new ApiStatusError(403, "Forbidden", `${subject} is forbidden: ${why}`, {
    name: wanted.name,
    group: wanted.group,
    kind: wanted.resource,
  });
}

function describe(user: UserInfo, wanted: Attributes): string {
  const who = `User ${quote(user.name)} cannot ${wanted.verb}`;
  if (wanted.about === "path") return `${who} path ${quote(wanted.path)}`;
  const resource = wanted.subresource === "" ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  const what = `resource ${quote(resource)} in API group ${quote(wanted.group)}`;
  const where = wanted.namespace === "" ? "at the cluster scope" : `in the namespace ${quote(wanted.namespace)}`;
  return `${who} ${what} ${where}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
