import { MUTATING_VERBS } from "../../job/access.ts";
import { DryRunError, requestText } from "../errors/kube-error.ts";
import { isProxiedWrite, type KubeRequest, type Step } from "../requests/request.ts";
import { isSelfReview } from "./guards.ts";

/** Subresources without dry-run support. */
const WITHOUT_DRY_RUN = ["exec", "attach", "portforward"];
const ALL = "All";

/** Makes every mutation a server-side dry run, and refuses those without support for it. https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run */
export const dryRun: Step = (next) => async (request) => {
  if (cannotBeDry(request)) {
    throw new DryRunError(`${requestText(request.attributes, request.path)} has no dry run; nothing was sent`, {
      attributes: request.attributes,
      hint: "skip the call if dryRun in the job's context is true",
    });
  }
  return next(isMutation(request) ? asDryRun(request) : request);
};

function cannotBeDry(request: KubeRequest): boolean {
  const { attributes, method } = request;
  if (attributes === undefined) return method !== "GET";
  return WITHOUT_DRY_RUN.includes(attributes.subresource ?? "") || isProxiedWrite(request);
}

/** True for a request that would change something in a real run. */
export function isMutation({ attributes, method, dryRun }: KubeRequest): boolean {
  if (attributes === undefined || method === "GET" || dryRun || isSelfReview(attributes)) return false;
  return (MUTATING_VERBS as readonly string[]).includes(attributes.verb);
}

/** The server reads a deletion's options from the body if there is one, otherwise from the query. */
function asDryRun(request: KubeRequest): KubeRequest {
  const query: KubeRequest["query"] = [...request.query.filter(([name]) => name !== "dryRun"), ["dryRun", ALL]];
  if (request.method !== "DELETE" || typeof request.body !== "object") return { ...request, query };
  return { ...request, query, body: { ...request.body, dryRun: [ALL] } };
}
