import type { Client, ClientOptions } from "../../../../runtime/kube/client.ts";
import { LimitExceededError } from "../../../../runtime/kube/errors/kube-error.ts";
import type { ClientStats } from "../../../../runtime/kube/pipeline/stats.ts";

const limitExceeded = (count: number) =>
  new LimitExceededError(`delete pods: ${count} with a limit of 2`, { verb: "delete", resource: "pods", max: 2 });

/** Creates clients with `pods.delete` only, and a limit of two if the job has any, beyond which a dry run counts on. Records the calls of each. */
export function fakeClients() {
  const made: { readonly options: ClientOptions; readonly deleted: string[]; isClosed: boolean }[] = [];

  function createClient(options: ClientOptions): Client {
    const client = { options, deleted: [] as string[], isClosed: false };
    made.push(client);
    const stats: ClientStats = {
      get requests() {
        return client.deleted.length;
      },
      retries: 0,
      throttledMs: 0,
      get mutations() {
        return client.deleted.length === 0 ? {} : { delete: { pods: client.deleted.length } };
      },
      warnings: ["policy/v1beta1 is deprecated"],
    };
    const pods = {
      async delete(name: string) {
        options.signal?.throwIfAborted();
        if (client.isClosed) throw new Error("the client is closed");
        if (options.limits !== undefined && !options.dryRun && client.deleted.length === 2) {
          const error = limitExceeded(3);
          options.onLimit?.(error);
          throw error;
        }
        client.deleted.push(name);
        return "deleted";
      },
    };
    return {
      kube: { namespace: "team-a", pods } as unknown as Client["kube"],
      stats,
      survey: async () => undefined,
      crossed: () => {
        const { length } = client.deleted;
        return options.limits !== undefined && options.dryRun && length > 2 ? limitExceeded(length) : undefined;
      },
      close: async () => {
        client.isClosed = true;
      },
    };
  }

  return { createClient, made };
}
