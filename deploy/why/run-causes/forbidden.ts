import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The API server or the guard refused a call. */
export const forbidden: Cause<"forbidden", RunSnapshot> = {
  name: "forbidden",
  find({ record: { phase, report }, objects, role, job, run, namespace }) {
    if (phase !== "finished" || report.outcome !== "denied") return undefined;
    const { reason = "", message = "", hint } = report.error ?? {};
    const account = objects.job.spec?.template.spec?.serviceAccountName ?? "default";
    const own = account === job;
    const evidence = [`report: ${reason}: ${message}`];
    if (reason === "NotDeclared") {
      return {
        what: "errand's guard refused a call that the job does not declare; nothing was sent",
        evidence,
        next: hint ?? "Declare it in the job's `access`, and deploy again.",
      };
    }
    if (reason === "Unauthorized") {
      return {
        what: `the API server did not take the token of ServiceAccount ${account}`,
        evidence,
        next: `Was the account deleted, or made anew, while it ran? Run it again: errand retry ${run} -n ${namespace}`,
      };
    }
    if (own && role === undefined) {
      return {
        what: `the API server refused a call of ServiceAccount ${account}: its Role is not there`,
        evidence: [...evidence, `Role ${namespace}/${job}: not found`],
        next: "Deploy the job again: errand deploy FILE",
      };
    }
    return {
      what: `the API server refused a call of ServiceAccount ${account}`,
      evidence,
      next: `${hint === undefined ? "" : `${hint} `}What it may: errand access ${job} -n ${namespace}`,
    };
  },
};
