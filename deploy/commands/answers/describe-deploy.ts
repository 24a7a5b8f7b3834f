import { describeReference } from "../../cluster/resource-path.ts";
import type { Change } from "../../release/apply.ts";
import type { Deployed } from "../../release/deploy-jobs.ts";
import type { TargetResult } from "../../release/deploy-to-namespaces.ts";
import { table } from "../../terminal/answer.ts";

/** What deploying one job to one namespace did, object by object. */
export function describeDeployed({ changes }: Deployed, dryRun: boolean): string {
  const rows = changes.map(({ object, change }) => [describeReference(object), change]);
  return table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows);
}

/** What deploying several jobs, or to several namespaces, did: one line each, with what is there now. */
export function describeTargets(results: readonly TargetResult[], dryRun: boolean): string {
  const rows = results.flatMap(({ namespace, deployed, present }) =>
    present.map(({ job, unknown, revision = unknown ? "unknown" : "none" }) => {
      const done = deployed?.find((each) => each.job === job);
      return [namespace, job, revision, done === undefined ? "failed" : summarize(done.changes)];
    }),
  );
  return table(["NAMESPACE", "JOB", "REVISION THERE", dryRun ? "WOULD BE" : "RESULT"], rows);
}

function summarize(changes: readonly Change[]): string {
  const words = ["created", "configured", "removed"] as const;
  const counts = words.map((word) => [word, changes.filter(({ change }) => change === word).length] as const);
  const parts = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return parts.length === 0 ? "unchanged" : parts.join(", ");
}
