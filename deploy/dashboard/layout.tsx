import type { Child } from "hono/jsx";
import { Page, type Frame as PageFrame } from "../../runtime/page/frame.tsx";
import type { ActionName } from "../source/actions.ts";
import type { RunSource } from "../source/run-source.ts";
import { STYLE } from "./style.ts";

/** What every page of the dashboard is told. */
export interface Frame extends PageFrame {
  readonly place: RunSource["place"];
  /** How many incidents are open; absent where nobody looks out for them, and there are no such pages. */
  readonly openIncidents?: number;
  /** What forms carry; absent where pages only read. */
  readonly csrf?: string;
}

export interface LayoutProps {
  readonly title: string;
  readonly tab: "jobs" | "runs" | "incidents" | undefined;
  readonly frame: Frame;
  /** Where the page hears that something may have changed; absent for one that stays as it is. */
  readonly liveFrom?: string;
  /** The zone of the times on the page, said in the footer. */
  readonly zoneNote: string;
  readonly children?: Child;
}

/** A page of the dashboard: the way to the others, and where all of it is read. */
export function Layout({ tab, frame, children, ...page }: LayoutProps) {
  const { place, openIncidents } = frame;
  const header = (
    <>
      <a class="word" href="/jobs">
        errand
      </a>
      <nav aria-label="Pages">
        <a href="/jobs" aria-current={tab === "jobs" ? "page" : undefined}>
          Jobs
        </a>
        <a href="/runs" aria-current={tab === "runs" ? "page" : undefined}>
          Runs
        </a>
        {openIncidents === undefined ? null : (
          <a href="/incidents" aria-current={tab === "incidents" ? "page" : undefined}>
            Incidents {openIncidents === 0 ? null : <span class="count">{openIncidents}</span>}
          </a>
        )}
      </nav>
      <div class="place">
        <span class="from">{place.isArchive ? "Hub archive, read-only" : "Live cluster"}</span>
        <bdi>
          {place.context} / <b>{place.namespace ?? "all namespaces"}</b>
        </bdi>
      </div>
    </>
  );
  return (
    <Page {...page} frame={frame} style={STYLE} header={header}>
      {children}
      {place.isArchive && (
        <p class="lead">
          The hub only reads. Act with <code>errand ui</code>.
        </p>
      )}
    </Page>
  );
}

/** A message that is all of a page: nothing there, or nothing that could be read. */
export function Message({ heading, text }: { readonly heading: string; readonly text: string }) {
  return (
    <>
      <h1>{heading}</h1>
      <p class="lead">{text}</p>
    </>
  );
}

/** The missing right of each action that may not be done; undefined where pages only read. */
export type Lacks = Partial<Record<ActionName, string>> | undefined;

/**
 * A link to what a person may do. One that RBAC would refuse stays in its place, and says which right is missing.
 *
 * @param props.isMain the one button of the page that is filled
 */
export function Action(props: {
  readonly name: ActionName;
  readonly lacks: Lacks;
  readonly href: string;
  readonly word: string;
  readonly isMain?: boolean;
}) {
  const { name, lacks, href, word, isMain = false } = props;
  if (lacks === undefined) return null;
  const missing = lacks[name];
  if (missing === undefined) {
    return (
      <a class={isMain ? "button filled" : "button"} href={href}>
        {word}
      </a>
    );
  }
  return (
    <span class="refused">
      <button type="button" class="off" aria-disabled="true" aria-describedby={`lacks-${name}`}>
        {word}
      </button>
      <small id={`lacks-${name}`}>{missing}</small>
    </span>
  );
}
