import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { MarkSymbols } from "./marks.tsx";
import { SCRIPT } from "./script.ts";
import { seconds } from "./words.ts";

/**
 * What a browser may do with a page: run this script and this style sheet, which stand in it, and nothing that a name, a label or a log line may hold.
 * https://www.w3.org/TR/CSP3/
 *
 * @param style the page's style sheet
 */
export function contentSecurityPolicy(style: string): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "connect-src 'self'",
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** What every page is told. */
export interface Frame {
  readonly now: Date;
  /** The address of this very page, for its JSON and its filters. */
  readonly url: URL;
}

export interface PageProps {
  readonly title: string;
  readonly frame: Frame;
  readonly style: string;
  /** What stands at the top, wordmark and links included. */
  readonly header: Child;
  /** Where the page hears that something may have changed; absent for one that stays as it is. */
  readonly liveFrom?: string | undefined;
  /** The zone of the times on the page, said in the footer. */
  readonly zoneNote: string;
  readonly children?: Child;
}

/** The frame of every page. */
export function Page({ title, frame, style, header, liveFrom, zoneNote, children }: PageProps) {
  const { now, url } = frame;
  const json = new URL(url);
  json.searchParams.set("format", "json");
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · errand`}</title>
        <link rel="icon" href="data:," />
        <style>{raw(style)}</style>
      </head>
      <body>
        <MarkSymbols />
        <a class="skip" href="#main">
          Skip to content
        </a>
        <div class="top">
          <header>{header}</header>
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

/** The address of this page with other values; `undefined` takes one away. A filter begins at the first page. */
export function withQuery(url: URL, changes: Readonly<Record<string, string | undefined>>): string {
  const next = new URLSearchParams(url.search);
  next.delete("after");
  next.delete("format");
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === "" ? url.pathname : `${url.pathname}?${text}`;
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
