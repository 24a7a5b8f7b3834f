import { withQuery } from "../../runtime/page/frame.tsx";
import { Mark } from "../../runtime/page/marks.tsx";
import { ago, clock, count, duration } from "../../runtime/page/words.ts";
import type { ChannelEntry, GapEntry, IncidentEntry, IncidentPage, MessageEntry } from "../source/incidents.ts";
import { type Frame, Layout } from "./layout.tsx";

/** A page of what is over; what goes on stands whole on the first. */
export const INCIDENTS_PER_PAGE = 25;

/** What is wrong, what was, and whether everybody was told. */
export function IncidentsPage({ page, frame }: { readonly page: IncidentPage; readonly frame: Frame }) {
  const { open, closed, closedTotal, undelivered, gaps, channels, after } = page;
  const told =
    channels.length === 0
      ? "Nobody is told: the hub has no channels."
      : "Each sends one alert, and one message when it is over.";
  const sentence = open.length === 0 ? "Nothing is wrong." : `${open.length.toLocaleString("en")} open. ${told}`;
  return (
    <Layout
      title="Incidents"
      tab="incidents"
      frame={frame}
      liveFrom="/events"
      zoneNote="Times are UTC unless a zone is named."
    >
      <h1>Incidents</h1>
      <div data-live="incidents">
        <p class="lead" data-status>
          {sentence}
        </p>
        {undelivered.length === 0 ? null : <Undelivered messages={undelivered} now={frame.now} />}
        {open.length === 0 ? null : <Open incidents={open} now={frame.now} />}
        {closed.length === 0 ? null : <Closed incidents={closed} now={frame.now} />}
        {after === undefined ? null : (
          <p class="pages">
            {count(closedTotal, "incident")} are over. <a href={withQuery(frame.url, { after })}>Older incidents</a>
          </p>
        )}
        <Channels channels={channels} now={frame.now} />
        {gaps.length === 0 ? null : <Gaps gaps={gaps} now={frame.now} />}
      </div>
    </Layout>
  );
}

function Undelivered({ messages, now }: { readonly messages: readonly MessageEntry[]; readonly now: Date }) {
  return (
    <div class="banner t-stop">
      <Mark of="overdue" />
      <div>
        <h2>{count(messages.length, "message")} did not arrive</h2>
        <ul>
          {messages.slice(0, 3).map(({ channel, problem, tries, state, nextAt, title }) => (
            <li>
              <b>{channel}</b>: {problem ?? "not yet"}, {count(tries, "try").replace(/trys$/, "tries")}.{" "}
              {state === "waiting" && nextAt !== undefined
                ? `Next try at ${clock(nextAt, now, "UTC")} UTC.`
                : "Given up."}{" "}
              <bdi>{title}</bdi>
            </li>
          ))}
        </ul>
        <p class="next">
          <b>Next step</b>
          <code>errand hub alerts</code>
        </p>
      </div>
    </div>
  );
}

function JobCell({ incident, mark }: { readonly incident: IncidentEntry; readonly mark: string }) {
  return (
    <td>
      <span class="outcome">
        <Mark of={mark} />
        <a class="row mono" href={`/incidents/${incident.id}`}>
          <bdi>{incident.job}</bdi>
        </a>
      </span>
      <span class="second">
        <bdi>{incident.namespace}</bdi>
      </span>
    </td>
  );
}

/** Missed starts and what is unusual are warnings; a failure is one. */
export function incidentMark({ rule }: IncidentEntry): string {
  return rule === "failures" ? "failed" : "overdue";
}

function Open({ incidents, now }: { readonly incidents: readonly IncidentEntry[]; readonly now: Date }) {
  return (
    <section>
      <h2>Open</h2>
      <div class="list">
        <table>
          <caption class="vh">Open incidents, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">What is wrong</th>
              <th scope="col" class="mid">
                Rule
              </th>
              <th scope="col">Since, UTC</th>
              <th scope="col" class="num mid">
                Runs
              </th>
              <th scope="col" class="mid">
                Alert
              </th>
            </tr>
          </thead>
          <tbody>
            {incidents.map((incident) => (
              <tr>
                <JobCell incident={incident} mark={incidentMark(incident)} />
                <td class="full">
                  {incident.words}
                  {incident.evidence === undefined ? null : (
                    <span class="why">
                      <bdi>{incident.evidence.split("\n", 1)[0]}</bdi>
                    </span>
                  )}
                </td>
                <td class="mono mid">{incident.rule}</td>
                <td class="last">
                  {clock(incident.since, now, "UTC")}
                  <span class="second">{ago(incident.since, now)}</span>
                </td>
                <td class="num mid">{incident.rule === "overdue" ? 0 : incident.count}</td>
                <td class="mid">{alertWords(incident, "opened", now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Closed({ incidents, now }: { readonly incidents: readonly IncidentEntry[]; readonly now: Date }) {
  return (
    <section>
      <h2>Resolved</h2>
      <div class="list">
        <table>
          <caption class="vh">Incidents that are over, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">What was wrong</th>
              <th scope="col" class="mid">
                Rule
              </th>
              <th scope="col">From, UTC</th>
              <th scope="col" class="num">
                Lasted
              </th>
              <th scope="col" class="mid">
                Alert
              </th>
            </tr>
          </thead>
          <tbody>
            {incidents.map((incident) => (
              <tr>
                <JobCell incident={incident} mark="succeeded" />
                <td class="full">
                  {incident.words}
                  <span class="second">{incident.ending}</span>
                </td>
                <td class="mono mid">{incident.rule}</td>
                <td class="last">{clock(incident.since, now, "UTC")}</td>
                <td class="num next">{duration(Date.parse(incident.closedAt ?? "") - Date.parse(incident.since))}</td>
                <td class="mid">{alertWords(incident, "resolved", now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** `slack 11:01, ops waits`: who was told, and when. */
function alertWords({ isTold, messages }: IncidentEntry, event: string, now: Date): string {
  if (!isTold) return "Older than the hub: told with the next run";
  const own = messages.filter((message) => message.event === event);
  if (own.length === 0) return "Nobody";
  return own
    .map(({ channel, state, sentAt }) => {
      if (state === "sent" && sentAt !== undefined) return `${channel} ${clock(sentAt, now, "UTC")}`;
      return `${channel} ${state === "dead" ? "not delivered" : "waits"}`;
    })
    .join(", ");
}

function Channels({ channels, now }: { readonly channels: readonly ChannelEntry[]; readonly now: Date }) {
  if (channels.length === 0) return null;
  return (
    <section>
      <h2>Channels</h2>
      <div class="list">
        <table>
          <caption class="vh">Channels, and what they were sent last</caption>
          <thead>
            <tr>
              <th scope="col">Channel</th>
              <th scope="col">Last delivered, UTC</th>
              <th scope="col" class="num">
                Waiting
              </th>
              <th scope="col" class="num">
                Given up
              </th>
            </tr>
          </thead>
          <tbody>
            {channels.map(({ name, kind, lastSentAt, tookMs, waiting, dead }) => (
              <tr>
                <td class="mono">
                  {name}
                  <span class="second">{kind}</span>
                </td>
                <td class="last">
                  {lastSentAt === undefined ? "Nothing yet" : `${clock(lastSentAt, now, "UTC")}, ${tookMs ?? 0} ms`}
                </td>
                <td class="num">{waiting}</td>
                <td class="num next">{dead}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Gaps({ gaps, now }: { readonly gaps: readonly GapEntry[]; readonly now: Date }) {
  return (
    <section>
      <h2>Gaps in the archive</h2>
      <p class="why">Times the hub was away; what was due meanwhile does not count as missed.</p>
      <div class="list">
        <table>
          <caption class="vh">Times in which the hub saw nothing, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">From, UTC</th>
              <th scope="col" class="num">
                For
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {gaps.map(({ from, to, why }) => (
              <tr>
                <td>{clock(from, now, "UTC")}</td>
                <td class="num">{duration(Date.parse(to) - Date.parse(from))}</td>
                <td class="full">
                  <bdi>{why}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
