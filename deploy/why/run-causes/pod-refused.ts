import { explainAnswer } from "../../cluster/explain-answer.ts";
import { refusalIn } from "../../cluster/explain-refusal.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** No pod could be created, for another reason than a quota. */
export const podRefused: Cause<"podRefused", RunSnapshot> = {
  name: "podRefused",
  find({ objects, pod, job, namespace }) {
    const event = pod === undefined ? lastEvent(objects.events, "FailedCreate") : undefined;
    if (event === undefined) return undefined;
    const account = /serviceaccount "([^"]+)" not found/.exec(event.message ?? "")?.[1];
    const explained = explainAnswer(refusalIn(event.message ?? "", namespace));
    const isKnown = explained !== undefined && !explained.says.startsWith("refused by the API server: ");
    const refused = isKnown ? explained.says : "the API server refuses it";
    return {
      what: `it has no pod: ${account === undefined ? refused : `its ServiceAccount ${account} is missing`}`,
      evidence: [quoteEvent(event)],
      next:
        account !== undefined
          ? "Deploy the job again: errand deploy FILE"
          : event.message?.includes("violates PodSecurity")
            ? `What the template has beyond the restricted level was added after the deploy: errand diff FILE -n ${namespace}`
            : (explained?.hint ??
              `See who refuses it, such as an admission webhook: kubectl describe job -l app.kubernetes.io/name=${job} -n ${namespace}`),
    };
  },
};
