import type { Scope } from "../../job/definition.ts";
import { OutOfScopeError } from "../errors/out-of-scope-error.ts";
import { subjectText } from "../errors/subject-text.ts";
import type { Step } from "../requests/request.ts";

/** Keeps a job in the namespaces that it declared: its own, unless `scope` says more. */
export function namespaceScope(scope: Scope, own: string): Step {
  return (next) => {
    if (scope === "cluster") return next;
    const namespaces = scope === "namespace" ? [own] : [own, ...scope.namespaces];
    return async (request) => {
      const { subject } = request;
      if (subject?.allNamespaces) {
        throw new OutOfScopeError(
          `${subjectText(subject, "")} in all namespaces is outside of the job's scope; nothing was sent`,
          {
            subject,
            hint: 'declare scope: "cluster" and deploy again',
          },
        );
      }
      if (subject?.namespace !== undefined && !namespaces.includes(subject.namespace)) {
        throw new OutOfScopeError(`${subjectText(subject, "")} is outside of the job's scope; nothing was sent`, {
          subject,
          hint: `declare scope: { namespaces: [${JSON.stringify(subject.namespace)}] } and deploy again`,
        });
      }
      return next(request);
    };
  };
}
