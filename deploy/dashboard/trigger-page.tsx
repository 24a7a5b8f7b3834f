import { changeText, type PlannedChange } from "../../runtime/kube/plan/planned-change.ts";
import { Mark } from "../../runtime/page/marks.tsx";
import { count } from "../../runtime/page/words.ts";
import type { PlanState } from "../source/actions.ts";
import type { JobDetail } from "../source/run-source.ts";
import { type Frame, Layout } from "./layout.tsx";
import { type Given, ParamsForm } from "./params-form.tsx";
import { jobPath, runPath } from "./query.ts";

/** Above it a plan is shown as counts first. */
const CHANGES_MAX = 200;

/** Runs a job from its page: parameters, a dry run, and what it would do before it does it. */
export function TriggerPage(props: {
  readonly job: JobDetail;
  readonly given: Given;
  readonly plan: { readonly run: string; readonly state: PlanState } | undefined;
  readonly frame: Frame;
}) {
  const { job, given, plan, frame } = props;
  const isPlanning = plan?.state.state === "running";
  return (
    <Layout
      title={`Run ${job.job}`}
      tab="jobs"
      frame={frame}
      {...(isPlanning ? { liveFrom: "/events" } : {})}
      zoneNote="Times are UTC unless a zone is named."
    >
      <p class="crumbs">
        <a href="/jobs">Jobs</a> / <bdi>{job.namespace}</bdi> /{" "}
        <a href={jobPath(job)} class="mono">
          <bdi>{job.job}</bdi>
        </a>
      </p>
      <h1>
        Run <bdi>{job.job}</bdi>
      </h1>
      <p class="lead">First a dry run: the API server checks every change and makes none. Then you decide.</p>
      {given.problem === undefined ? null : <Refused problem={given.problem} />}
      <div class="steps">
        <section>
          <h2>1. Parameters</h2>
          <ParamsForm job={job} given={given} csrf={frame.csrf ?? ""} />
        </section>
        <section data-live="plan">
          <h2>2. What it would do</h2>
          {plan === undefined ? <p class="note">The plan appears here after the dry run.</p> : null}
          {plan === undefined ? null : <Plan job={job} plan={plan} csrf={frame.csrf ?? ""} />}
        </section>
      </div>
    </Layout>
  );
}

function Refused({ problem }: { readonly problem: NonNullable<Given["problem"]> }) {
  return (
    <div class="banner t-fail" role="alert">
      <Mark of="invalid" />
      <div>
        <h2>Nothing was started.</h2>
        <p>
          <bdi>{problem.message}</bdi>
        </p>
        {problem.hint === undefined ? null : (
          <p class="note">
            <bdi>{problem.hint}</bdi>
          </p>
        )}
      </div>
    </div>
  );
}

function Plan(props: {
  readonly job: JobDetail;
  readonly plan: { readonly run: string; readonly state: PlanState };
  readonly csrf: string;
}) {
  const { job, plan, csrf } = props;
  const run = { namespace: job.namespace, run: plan.run };
  const link = (
    <a href={runPath(run)} class="mono">
      <bdi>{plan.run}</bdi>
    </a>
  );
  const { state } = plan;
  if (state.state === "running") return <p>The dry run {link} goes on. This page shows its plan when it is over.</p>;
  if (state.state === "failed") {
    return (
      <p>
        The dry run {link} did not succeed, so there is nothing to rely on:{" "}
        <bdi>{state.report.error?.message ?? state.report.outcome}</bdi>
      </p>
    );
  }
  const { changes } = state;
  return (
    <>
      <p>
        {changes.length === 0
          ? "It would change nothing."
          : `It would make ${count(changes.length, "change")} and nothing else.`}{" "}
        From the dry run {link}.
      </p>
      {changes.length === 0 ? null : (
        <ol class="log changes" aria-label="Planned changes">
          {changes.slice(0, CHANGES_MAX).map((change) => (
            <li>
              <bdi>{changeText(change)}</bdi>
            </li>
          ))}
        </ol>
      )}
      {changes.length > CHANGES_MAX ? <p class="note">And {changes.length - CHANGES_MAX} more.</p> : null}
      <form method="post" action={`${jobPath(job)}/apply`}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="run" value={plan.run} />
        <p class="buttons">
          <button type="submit" class={changes.length === 0 ? "filled" : "filled red"}>
            {deedOf(changes)}
          </button>
        </p>
      </form>
    </>
  );
}

/** One button that says the deed: `Delete these 7 pods`. */
export function deedOf(changes: readonly PlannedChange[]): string {
  if (changes.length === 0) return "Run it";
  const deeds = new Set(changes.map(({ verb, resource }) => `${verb} ${resource}`));
  const [first] = changes;
  if (deeds.size > 1 || first === undefined) return `Make these ${changes.length} changes`;
  const verb = `${first.verb.charAt(0).toUpperCase()}${first.verb.slice(1)}`;
  const [resource = ""] = first.resource.split(".");
  return changes.length === 1 ? `${verb} ${first.name}` : `${verb} these ${changes.length} ${resource}`;
}

/** A question before something is done that one click should not do. */
export function ConfirmPage(props: {
  readonly heading: string;
  readonly text: string;
  readonly deed: string;
  readonly back: string;
  readonly problem?: Given["problem"];
  readonly frame: Frame;
}) {
  const { heading, text, deed, back, problem, frame } = props;
  return (
    <Layout title={heading} tab="jobs" frame={frame} zoneNote="">
      <h1>
        <bdi>{heading}</bdi>
      </h1>
      <p class="lead">{text}</p>
      {problem === undefined ? null : <Refused problem={problem} />}
      <form method="post" action={frame.url.pathname}>
        <input type="hidden" name="csrf" value={frame.csrf ?? ""} />
        <p class="buttons">
          <button type="submit" class="filled">
            {deed}
          </button>
          <a href={back}>Back</a>
        </p>
      </form>
    </Layout>
  );
}
