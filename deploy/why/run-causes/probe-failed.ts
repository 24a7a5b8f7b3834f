import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** The kubelet killed it, because its event loop did not turn. */
export const probeFailed: Cause<"probeFailed", RunSnapshot> = {
  name: "probeFailed",
  find({ record: { phase, report }, objects }) {
    if (phase !== "finished" || report.outcome !== "killed" || report.error?.reason !== "Unhealthy") return undefined;
    const failed = objects.events.filter(({ message }) => /^(?:Liveness|Startup) probe failed/.test(message ?? ""));
    const event = lastEvent(failed, "Unhealthy");
    return {
      what: "the kubelet killed it: its liveness probe failed, so its event loop was blocked",
      evidence: [event === undefined ? `report: ${report.error.message}` : quoteEvent(event)],
      next: "Let long computations pause now and then, such as by `await setImmediate()` of node:timers/promises.",
    };
  },
};
