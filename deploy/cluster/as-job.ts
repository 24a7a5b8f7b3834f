import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type Account, groupsOf, userOf } from "./account.ts";
import { clusterApi } from "./cluster-api.ts";
import { whoAmI } from "./who-am-i.ts";

/**
 * Makes the configuration of a deployed job's own ServiceAccount out of a person's: by impersonation, so that a run has the rights that it has in its pod.
 *
 * @throws {CommandError} where there is no such ServiceAccount, or the person may not impersonate it
 */
export async function asJob(config: ClusterConfig, account: Account): Promise<ClusterConfig> {
  const own = createConnection(config);
  try {
    await refuseMissing(clusterApi(own.send).get, account);
  } finally {
    await own.close();
  }
  const impersonating = { ...config, impersonate: { user: userOf(account), groups: groupsOf(account) } };
  const theirs = createConnection(impersonating);
  try {
    if ((await whoAmI(theirs.send)) === undefined) {
      throw new CommandError(
        `You may not act as ServiceAccount "${account.name}" in namespace "${account.namespace}"`,
        {
          hint: "Ask for the verb impersonate on serviceaccounts there, or run without --as-job: as yourself, with the guard alone.",
          exitCode: 77,
        },
      );
    }
  } finally {
    await theirs.close();
  }
  return impersonating;
}

/** A person who may impersonate it need not be one who may read it. */
async function refuseMissing(get: ReturnType<typeof clusterApi>["get"], account: Account): Promise<void> {
  const found = await get({ apiVersion: "v1", kind: "ServiceAccount", ...account }).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 403) return account;
    throw error;
  });
  if (found !== undefined) return;
  throw new CommandError(`There is no ServiceAccount "${account.name}" in namespace "${account.namespace}"`, {
    hint: "Deploy the job first: errand deploy FILE; or choose another namespace with -n.",
  });
}
