import type { AccessRule, Verb } from "../../job/access.ts";
import { resourceWord } from "../errors/subject-text.ts";
import type { RequestSubject } from "../requests/request.ts";

/** Groups whose reviews ask about the caller's own rights: every authenticated user may, and nothing changes. */
const SELF_REVIEWS = /^selfsubject(access|rules)?reviews$/;

/** True for a question about the caller itself, which needs no rule and is no mutation. */
export function isSelfReview(subject: Pick<RequestSubject, "group" | "resource">): boolean {
  const isReviewGroup = subject.group === "authorization.k8s.io" || subject.group === "authentication.k8s.io";
  return isReviewGroup && SELF_REVIEWS.test(subject.resource);
}

function isAbout(rule: AccessRule, subject: RequestSubject): boolean {
  return rule.group === subject.group && rule.resource === subject.resource && rule.subresource === subject.subresource;
}

/** True where a rule allows a request, in the way RBAC reads it. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
export function allows(rules: readonly AccessRule[], subject: RequestSubject): boolean {
  const verbs = [subject.verb, ...(subject.alsoNeeds ?? [])];
  return rules.some((rule) => {
    if (!isAbout(rule, subject) || !verbs.every((verb) => rule.verbs.includes(verb))) return false;
    return rule.names === undefined || (subject.name !== undefined && rule.names.includes(subject.name));
  });
}

/** True where a rule allows to read a path that is no resource. */
export function allowsPath(rules: readonly AccessRule[], path: string): boolean {
  return rules.some((rule) => {
    if (rule.path === undefined) return false;
    return rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : path === rule.path;
  });
}

/** The entry of `access` that a request needs, with what is declared already: `pods: ["list", "delete"]`. */
export function neededEntry(rules: readonly AccessRule[], subject: RequestSubject): string {
  const declared = rules.find((rule) => isAbout(rule, subject));
  const verbs: readonly Verb[] = [...new Set([...(declared?.verbs ?? []), subject.verb, ...(subject.alsoNeeds ?? [])])];
  const key = declared?.key ?? resourceWord(subject);
  const quotedKey = /^[a-z]+$/.test(key) ? key : JSON.stringify(key);
  const list = `[${verbs.map((verb) => JSON.stringify(verb)).join(", ")}]`;
  if (declared?.names === undefined) return `${quotedKey}: ${list}`;
  const names = [...new Set([...declared.names, ...(subject.name === undefined ? [] : [subject.name])])];
  return `${quotedKey}: { verbs: ${list}, names: ${JSON.stringify(names)} }`;
}
