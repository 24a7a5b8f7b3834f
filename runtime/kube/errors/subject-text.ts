import type { RequestSubject } from "../requests/request.ts";

/** `pods`, `deployments.apps`, `pods/log`: a resource as `access` and RBAC rules write it. */
export function resourceWord(subject: Pick<RequestSubject, "group" | "resource" | "subresource">): string {
  const main = subject.group === "" ? subject.resource : `${subject.resource}.${subject.group}`;
  return subject.subresource === undefined ? main : `${main}/${subject.subresource}`;
}

/** `delete pods "web-1" in namespace "shop"`: what a request was about, for messages. */
export function subjectText(subject: RequestSubject | undefined, fallback: string): string {
  if (subject === undefined) return fallback;
  const name = subject.name === undefined ? "" : ` "${subject.name}"`;
  const place = subject.namespace === undefined ? "" : ` in namespace "${subject.namespace}"`;
  return `${subject.verb} ${resourceWord(subject)}${name}${place}`;
}
