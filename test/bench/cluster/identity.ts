import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AdminApi } from "./admin-api.ts";

const NAMESPACE = "errand-bench";
const ACCOUNT = "bench";
const TOKEN_SECONDS = 6 * 60 * 60;

/** What the subjects may do, all of them alike. */
const RULES = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "delete"] }];

/**
 * Makes the service account that every subject runs as.
 *
 * @param folder gets token, ca.crt and namespace, as a kubelet would mount them
 */
export async function makeIdentity(api: AdminApi, folder: string): Promise<void> {
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
  const subjects = [{ kind: "ServiceAccount", namespace: NAMESPACE, name: ACCOUNT }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAMESPACE };
  await api.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } }, [409]);
  await api.call("POST", accounts, { metadata: { name: ACCOUNT } }, [409]);
  await api.call("POST", `${rbac}/clusterroles`, { metadata: { name: NAMESPACE }, rules: RULES }, [409]);
  const binding = { metadata: { name: NAMESPACE }, subjects, roleRef };
  await api.call("POST", `${rbac}/clusterrolebindings`, binding, [409]);
  const { status } = await api.call<{ status: { token: string } }>("POST", `${accounts}/${ACCOUNT}/token`, {
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "token"), status.token);
  await writeFile(join(folder, "ca.crt"), api.ca);
  await writeFile(join(folder, "namespace"), NAMESPACE);
}
