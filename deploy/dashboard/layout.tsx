import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { ActionName } from "../source/actions.ts";
import type { RunSource } from "../source/run-source.ts";
import { MarkSymbols } from "./marks.tsx";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import { seconds } from "./words.ts";

/**
 * What a browser may do with a page: run this script and this style sheet, which stand in it, and nothing that a name, a label or a log line may hold.
 * https://www.w3.org/TR/CSP3/
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(STYLE)}'`,
  `script-src '${hashOf(SCRIPT)}'`,
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** What every page is told. */
export interface Frame {
  readonly place: RunSource["place"];
  readonly now: Date;
  /** The address of this very page, for its JSON. */
  readonly url: URL;
  /** What forms carry; absent where pages only read. */
  readonly csrf?: string;
}

export interface LayoutProps {
  readonly title: string;
  readonly tab: "jobs" | "runs" | undefined;
  readonly frame: Frame;
  /** Where the page hears that something may have changed; absent for one that stays as it is. */
  readonly liveFrom?: string;
  /** The zone of the times on the page, said in the footer. */
  readonly zoneNote: string;
  readonly children?: Child;
}

/** The frame of every page. */
export function Layout({ title, tab, frame, liveFrom, zoneNote, children }: LayoutProps) {
  const { place, now, url } = frame;
  const json = new URL(url);
  json.searchParams.set("format", "json");
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · errand`}</title>
        <link rel="icon" href="data:," />
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <MarkSymbols />
        <a class="skip" href="#main">
          Skip to content
        </a>
        <div class="top">
          <header>
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
            </nav>
            <div class="place">
              <span class="from">Live cluster</span>
              <bdi>
                {place.context} / <b>{place.namespace ?? "all namespaces"}</b>
              </bdi>
            </div>
          </header>
        </div>
        <main id="main" data-live-from={liveFrom}>
          {children}
        </main>
        <footer>
          <span>{zoneNote}</span>
          <span>Read at {seconds(now, "UTC")} UTC.</span>
          <a href={`${json.pathname}${json.search}`}>This page as JSON</a>
        </footer>
        <p class="vh" role="status" />
        <script>{raw(SCRIPT)}</script>
      </body>
    </html>
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

/** A command that a person can copy. */
export function CommandLine({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <div class="cmd">
      <code id={id}>{text}</code>
      <button type="button" class="small" data-copy={id} hidden>
        Copy
      </button>
    </div>
  );
}
