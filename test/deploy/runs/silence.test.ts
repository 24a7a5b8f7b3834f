import { describe, expect, it } from "vitest";
import { tellSilence } from "../../../deploy/runs/silence.ts";
import { TransportError } from "../../../runtime/kube/errors/kube-error.ts";

const START = new Date(2026, 0, 1, 12, 0, 0).getTime();
const refused = new TransportError("no answer", { code: "ECONNREFUSED", sent: false, outcomeUnknown: false });

function told(deadlineSeconds: number) {
  const lines: string[] = [];
  let seconds = 0;
  const onRetry = tellSilence({
    server: "https://there:6443",
    deadline: START + deadlineSeconds * 1_000,
    tell: (line) => lines.push(line),
    now: () => START + seconds * 1_000,
  });
  const retryAt = (at: number, error: unknown = refused) => {
    seconds = at;
    onRetry({ error, attempt: 1, longestMs: 50_000 });
  };
  return { lines, retryAt };
}

describe("tellSilence", () => {
  it("tells at once, and rarely after that, when nothing answers", () => {
    const { lines, retryAt } = told(600);
    for (const at of [0, 1, 5, 14, 16, 20]) retryAt(at);
    expect(lines).toEqual([
      "The API server at https://there:6443 does not answer (ECONNREFUSED); retrying until 12:00:50 at the latest",
      "The API server at https://there:6443 still does not answer (ECONNREFUSED); retrying until 12:01:06 at the latest",
    ]);
  });

  it("names the end of the run when that comes before the last retry", () => {
    const { lines, retryAt } = told(30);
    retryAt(0);
    expect(lines.join()).toContain("until 12:00:30 at the latest");
  });

  it("tells nothing when the server does answer", () => {
    const { lines, retryAt } = told(600);
    retryAt(0, new Error("429"));
    expect(lines).toEqual([]);
  });
});
