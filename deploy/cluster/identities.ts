// The identity of a job that runs on a person's machine: its own ServiceAccount, while its secrets are read as the person.
import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { clientOver, type KubeClient } from "../../runtime/kube/connected-client.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { MissingSecretError } from "../../runtime/run/report/failure.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { ifFound, unlessForbidden, whoAmI } from "./connect.ts";

/** A ServiceAccount. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** The user name of a ServiceAccount. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export function userOf({ namespace, name }: Account): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The groups of every ServiceAccount in a namespace. */
export function groupsOf({ namespace }: Account): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
}

/**
 * Turns a person's configuration into that of a deployed job's own ServiceAccount, by impersonation, so that a run has the rights that it has in its pod.
 *
 * @throws {CommandError} if there is no such ServiceAccount, or the person may not impersonate it
 */
export async function asJob(config: ClusterConfig, account: Account): Promise<ClusterConfig> {
  const impersonate = { user: userOf(account), groups: groupsOf(account) };
  await over(config, async (client) => {
    await refuseMissing(client, account);
    if ((await whoAmI(client.as(impersonate))) !== undefined) return;
    throw new CommandError(`You may not act as ServiceAccount "${account.name}" in namespace "${account.namespace}"`, {
      hint: "Ask for the verb impersonate on serviceaccounts there, or run without --as-job, as yourself with only the guard.",
      exitCode: 77,
    });
  });
  return { ...config, impersonate };
}

/** The person may be allowed to impersonate it but not to read it. */
async function refuseMissing(client: KubeClient, { namespace, name }: Account): Promise<void> {
  const account = ifFound(client.kube.inNamespace(namespace).serviceaccounts.get(name));
  if ((await unlessForbidden(account.then(Boolean), true)) === true) return;
  throw new UsageError(`Namespace "${namespace}" has no ServiceAccount "${name}"`, {
    hint: "Deploy the job first: errand deploy FILE; or choose another namespace with -n.",
  });
}

/** Returns a function that reads a job's secrets from the cluster, with the person's rights, for a run outside a pod. */
export function secretReader(config: ClusterConfig): (name: string, key: SecretKey) => Promise<string> {
  return async (name, secretKey) => {
    const [secret = "", key = ""] = secretKey.split("/");
    const { namespace } = config;
    const found = await over(config, (client) => ifFound(client.kube.secrets.get(secret)));
    const value = found?.data?.[key];
    if (value !== undefined) return Buffer.from(value, "base64").toString();
    const missing =
      found === undefined ? `Secret "${secret}" does not exist` : `Secret "${secret}" has no key "${key}"`;
    throw new MissingSecretError(
      `secrets.${name}: ${missing} in namespace "${namespace}"`,
      `Create it: kubectl create secret generic ${secret} -n ${namespace} --from-file=${key}=FILE`,
    );
  };
}

async function over<T>(config: ClusterConfig, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const connection = createConnection(config);
  try {
    return await work(clientOver(connection.send, config));
  } finally {
    await connection.close();
  }
}
