import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { attributesOf, type Right } from "../../manifests/right.ts";

/** How many questions are asked at once. */
const CONCURRENCY = 8;

/**
 * Asks which of some rights the person lacks who runs the command, wherever they would come from.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function findMissingRights(client: KubeClient, rights: readonly Right[]): Promise<Right[]> {
  const missing: Right[] = [];
  for (let start = 0; start < rights.length; start += CONCURRENCY) {
    const asked = rights.slice(start, start + CONCURRENCY);
    const answers = await Promise.all(asked.map((right) => mayI(client, right)));
    missing.push(...asked.filter((_, index) => !answers[index]));
  }
  return missing;
}

/** A right on several names is there when it is there for each of them. */
async function mayI(client: KubeClient, right: Right): Promise<boolean> {
  const answers = await Promise.all(
    (right.names ?? [undefined]).map((name) => {
      const resourceAttributes = attributesOf(right, name);
      return client.kube.selfsubjectaccessreviews.create({ spec: { resourceAttributes } });
    }),
  );
  return answers.every(({ status }) => status?.allowed === true);
}
