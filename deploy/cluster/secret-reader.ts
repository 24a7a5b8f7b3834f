import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { MissingSecretError } from "../../runtime/run/report/failure.ts";
import { clusterApi } from "./cluster-api.ts";

/** Makes what reads a job's secrets where it runs outside a pod: from the cluster, with the rights of whoever runs it. */
export function secretReader(config: ClusterConfig): (name: string, key: SecretKey) => Promise<string> {
  return async (name, secretKey) => {
    const [secret = "", key = ""] = secretKey.split("/");
    const { namespace } = config;
    const connection = createConnection(config);
    try {
      const reference = { apiVersion: "v1", kind: "Secret", namespace, name: secret };
      const found = await clusterApi(connection.send).get<BuiltinObjects["secrets"]>(reference);
      const value = found?.data?.[key];
      if (value !== undefined) return Buffer.from(value, "base64").toString();
      const missing = found === undefined ? `there is no Secret "${secret}"` : `Secret "${secret}" has no key "${key}"`;
      throw new MissingSecretError(
        `secrets.${name}: ${missing} in namespace "${namespace}"`,
        `Make it: kubectl create secret generic ${secret} -n ${namespace} --from-file=${key}=FILE`,
      );
    } finally {
      await connection.close();
    }
  };
}
