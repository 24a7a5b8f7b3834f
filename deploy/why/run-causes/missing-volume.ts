import { howToMake, missingObject } from "../../history/missing-object.ts";
import { configHint } from "../../history/waiting.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** A ConfigMap or Secret that the pod mounts or reads is not there, or lacks a key. */
export const missingVolume: Cause<"missingVolume", RunSnapshot> = {
  name: "missingVolume",
  find({ objects, record, pod, namespace }) {
    if (record.phase !== "waiting") return undefined;
    const { reason, message } = record.waiting;
    const isConfig = reason === "CreateContainerConfigError";
    // A mount that failed once and was mended leaves its event: then the container waits for something else, or not at all.
    const isMaking = ["ContainerCreating", "PodInitializing", "Pending"].includes(reason);
    const event = isMaking ? lastEvent(objects.events, "FailedMount") : undefined;
    if (event === undefined && !isConfig) return undefined;
    const said = event?.message ?? message;
    const missing = missingObject(said, pod);
    const key = missing?.key === undefined ? "" : `key ${missing.key} of `;
    return {
      what:
        missing === undefined
          ? `it waits: ${isConfig ? "its container cannot be set up" : "a volume of its pod cannot be mounted"}`
          : `it waits: ${key}${missing.kind} ${missing.name} is not there`,
      evidence: [event === undefined ? `pod: ${reason}: ${message}` : quoteEvent(event)],
      next: missing === undefined ? configHint(said) : howToMake(missing, namespace, pod),
    };
  },
};
