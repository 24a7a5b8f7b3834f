import { readJson, type Send } from "../../../runtime/kube/requests/request.ts";
import type { Right } from "../../manifests/right.ts";

/** How many questions are asked at once. */
const CONCURRENCY = 8;

/**
 * Asks which of some rights the person lacks who runs the command, wherever they would come from.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function findMissingRights(send: Send, rights: readonly Right[]): Promise<Right[]> {
  const missing: Right[] = [];
  for (let start = 0; start < rights.length; start += CONCURRENCY) {
    const asked = rights.slice(start, start + CONCURRENCY);
    const answers = await Promise.all(asked.map((right) => mayI(send, right)));
    missing.push(...asked.filter((_, index) => !answers[index]));
  }
  return missing;
}

/** A right on several names is there when it is there for each of them. */
async function mayI(send: Send, { namespace, group, resource: word, verb, names }: Right): Promise<boolean> {
  const [resource = "", subresource] = word.split("/");
  const answers = await Promise.all(
    (names ?? [undefined]).map((name) =>
      review(send, { resourceAttributes: { namespace, group, resource, subresource, verb, name } }),
    ),
  );
  return answers.every(Boolean);
}

async function review(send: Send, spec: object): Promise<boolean> {
  const apiVersion = "authorization.k8s.io/v1";
  const { status } = await readJson<{ status?: { allowed?: unknown } }>(
    await send({
      method: "POST",
      path: `/apis/${apiVersion}/selfsubjectaccessreviews`,
      query: [],
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify({ apiVersion, kind: "SelfSubjectAccessReview", spec }),
      attributes: {
        verb: "create",
        group: "authorization.k8s.io",
        version: "v1",
        resource: "selfsubjectaccessreviews",
      },
    }),
  );
  return status?.allowed === true;
}
