import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

const IMAGE_REASONS = /^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)/;

/** The node cannot get the container's image. */
export const imageUnavailable: Cause<"imageUnavailable", RunSnapshot> = {
  name: "imageUnavailable",
  find({ objects, pod, record, job, namespace }) {
    const reason = record.phase === "waiting" ? record.waiting.reason : record.report.error?.reason;
    const ended = record.phase === "finished" && record.report.outcome === "neverStarted";
    const told = objects.events.filter(({ message }) => / image /i.test(message ?? ""));
    const event = lastEvent(told, "Failed");
    const fromEvents = ended && event !== undefined;
    if (!IMAGE_REASONS.test(reason ?? "") && !fromEvents) return undefined;
    const image = (pod?.spec ?? objects.job.spec?.template.spec)?.containers[0]?.image;
    return {
      what: `its image cannot be pulled: ${image}`,
      evidence: [
        event === undefined
          ? `pod: ${reason}: ${record.phase === "waiting" ? record.waiting.message : record.report.error?.message}`
          : quoteEvent(event),
      ],
      next: `errand deploy FILE -n ${namespace} --image IMAGE with one that the nodes can pull; a run that waits: errand cancel ${job} -n ${namespace}`,
    };
  },
};
