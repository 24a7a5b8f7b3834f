import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { readJson, type Send } from "../../runtime/kube/requests/request.ts";

/**
 * Asks the API server whom it takes us for. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 *
 * @returns undefined where it may not be asked, or does not know the question: who that is then stands only in its audit log
 * @throws {KubeError} where it does not answer, or fails
 */
export async function whoAmI(send: Send): Promise<string | undefined> {
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  try {
    const { status } = await readJson<{ status?: { userInfo?: { username?: string } } }>(
      await send({
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        query: [],
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify(review),
        attributes: { verb: "create", group: "authentication.k8s.io", version: "v1", resource: "selfsubjectreviews" },
      }),
    );
    return status?.userInfo?.username;
  } catch (error) {
    if (hasReason(error, "Forbidden") || hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
