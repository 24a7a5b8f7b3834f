import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** A ConfigMap or Secret that the pod mounts or reads is not there. */
export const missingVolume: Cause<"missingVolume", RunSnapshot> = {
  name: "missingVolume",
  find({ objects, record }) {
    if (record.phase !== "waiting") return undefined;
    const event = lastEvent(objects.events, "FailedMount");
    const config = record.waiting.reason === "CreateContainerConfigError";
    if (event === undefined && !config) return undefined;
    return {
      what: "it waits: something that its pod mounts is not there",
      evidence: [event === undefined ? `pod: ${record.waiting.reason}: ${record.waiting.message}` : quoteEvent(event)],
      next: "Deploy the job again: errand deploy FILE; what it names besides its own ConfigMap must be made first.",
    };
  },
};
