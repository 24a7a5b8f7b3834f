// The first process of a cluster's namespaces, started by the supervisor. When it ends, the kernel ends everything in
// them; and it ends when the supervisor does.
import type { Server } from "node:net";
import type { ClusterNews, ClusterPlan } from "../host/protocol.ts";
import { startCluster } from "./cluster.ts";

function report(news: ClusterNews): void {
  process.send?.(news);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  // The message has to be on its way before this process, and the whole cluster with it, is gone.
  process.send?.({ kind: "failed", message } satisfies ClusterNews, () => process.exit(1));
}

process.once("disconnect", () => process.exit());
process.once("message", (plan: ClusterPlan, listener: Server) => {
  startCluster(plan, listener, fail).then((access) => report({ kind: "ready", access }), fail);
});
