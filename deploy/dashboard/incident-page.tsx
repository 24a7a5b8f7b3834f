import { CommandLine } from "../../runtime/page/frame.tsx";
import { Mark } from "../../runtime/page/marks.tsx";
import { clock } from "../../runtime/page/words.ts";
import type { IncidentEntry, MessageEntry } from "../source/incidents.ts";
import { incidentMark } from "./incidents-page.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";

/** One incident: what is wrong, what to do, and who was told. */
export function IncidentDetailPage({ incident, frame }: { readonly incident: IncidentEntry; readonly frame: Frame }) {
  const {
    namespace,
    job,
    run,
    rule,
    words,
    evidence,
    nextStep,
    since,
    closedAt,
    ending,
    count: times,
    messages,
  } = incident;
  const isOpen = closedAt === undefined;
  return (
    <Layout
      title={`${job}: ${words}`}
      tab="incidents"
      frame={frame}
      liveFrom="/events"
      zoneNote="Times are UTC unless a zone is named."
    >
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/incidents">Incidents</a> / <bdi>{job}</bdi>
      </nav>
      <h1>
        <bdi>{job}</bdi>
      </h1>
      <div data-live="incident">
        <p class="lead" data-status>
          {words}. {isOpen ? `It goes on since ${clock(since, frame.now, "UTC")} UTC.` : ending}
        </p>
        <div class={isOpen ? "banner t-fail" : "banner t-ok"}>
          <Mark of={isOpen ? incidentMark(incident) : "succeeded"} />
          <div>
            <h2>{isOpen ? words : `Over since ${clock(closedAt, frame.now, "UTC")} UTC`}</h2>
            {evidence === undefined ? null : (
              <ul>
                <li>
                  <bdi>{evidence}</bdi>
                </li>
              </ul>
            )}
            <div class="next">
              <b>Next step</b>
              <CommandLine id="next-step" text={nextStep} />
            </div>
          </div>
        </div>
        <dl class="facts">
          <div>
            <dt>Job</dt>
            <dd>
              <a href={jobPath({ namespace, job })}>
                <bdi>
                  {namespace} / {job}
                </bdi>
              </a>
            </dd>
          </div>
          <div>
            <dt>Rule</dt>
            <dd class="mono">{rule}</dd>
          </div>
          <div>
            <dt>Since, UTC</dt>
            <dd>{clock(since, frame.now, "UTC")}</dd>
          </div>
          <div>
            <dt>{rule === "overdue" ? "Starts missed" : "Runs"}</dt>
            <dd>{times}</dd>
          </div>
          {run === undefined ? null : (
            <div>
              <dt>Began with</dt>
              <dd>
                <a class="mono" href={runPath({ namespace, run })}>
                  <bdi>{run}</bdi>
                </a>
              </dd>
            </div>
          )}
        </dl>
        <Messages messages={messages} now={frame.now} />
      </div>
    </Layout>
  );
}

function Messages({ messages, now }: { readonly messages: readonly MessageEntry[]; readonly now: Date }) {
  if (messages.length === 0) return <p>Nobody was told.</p>;
  return (
    <section>
      <h2>Who was told</h2>
      <div class="list">
        <table>
          <caption class="vh">Messages about this incident</caption>
          <thead>
            <tr>
              <th scope="col">Channel</th>
              <th scope="col">Message</th>
              <th scope="col">Sent, UTC</th>
              <th scope="col" class="num">
                Tries
              </th>
            </tr>
          </thead>
          <tbody>
            {messages.map(({ channel, event, sentAt, tries, problem, state }) => (
              <tr>
                <td class="mono">{channel}</td>
                <td>
                  {event === "opened" ? "Alert" : "Recovery"}
                  {problem === undefined ? null : <span class="why">{problem}</span>}
                </td>
                <td class="last">
                  {sentAt === undefined ? (state === "dead" ? "Given up" : "Waits") : clock(sentAt, now, "UTC")}
                </td>
                <td class="num next">{tries}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
