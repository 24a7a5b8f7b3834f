import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dashboard } from "../../deploy/dashboard/app.tsx";
import { type DashboardServer, serveDashboard } from "../../deploy/dashboard/server.ts";
import { startDemoCluster } from "../../deploy/embedded/demo-cluster.ts";
import { liveActions } from "../../deploy/source/actions.ts";
import { liveSource } from "../../deploy/source/live-source.ts";
import type { RunPage } from "../../deploy/source/run-source.ts";
import { type DemoDashboard, NAMESPACE, startDemoDashboard } from "../deploy/dashboard/demo-dashboard.ts";

/** Debian's: no browser is downloaded. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** For people to look at. */
const SCREENSHOTS = join(import.meta.dirname, "screenshots");

let demo: DemoDashboard;
let server: DashboardServer;
let browser: Browser;
let origin: string;
/** A page of each kind, by a name for its screenshot. */
let paths: Readonly<Record<string, string>>;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not there: apt-get install chromium, or set CHROMIUM`);
  demo = await startDemoDashboard();
  server = await serveDashboard(demo.app, 0);
  origin = new URL(server.url).origin;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const runOf = async (outcome: string) => {
    const answer = await demo.app.request(`/runs?format=json&outcome=${outcome}`);
    const { entries } = (await answer.json()) as RunPage;
    return `/runs/${NAMESPACE}/${entries[0]?.run}`;
  };
  paths = {
    jobs: "/jobs",
    attention: "/jobs?state=attention",
    nothing: "/jobs?q=nothing-has-this-name",
    job: `/jobs/${NAMESPACE}/pod-cleanup`,
    overdue: `/jobs/${NAMESPACE}/cert-expiry`,
    runs: "/runs",
    succeeded: await runOf("succeeded"),
    killed: await runOf("outOfMemory"),
    limited: await runOf("limited"),
    compare: `/compare?b=${(await runOf("outOfMemory")).replace("/runs/", "")}&show=all`,
    missing: "/jobs/nowhere/nothing",
  };
  await mkdir(SCREENSHOTS, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await demo?.[Symbol.asyncDispose]();
});

/** Runs a test in a browser window that the token has let in. */
async function inWindow(options: BrowserContextOptions, test: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("404")) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(server.url);
    await test(page);
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
}

const WINDOWS = [
  { width: 1600, colorScheme: "light" },
  { width: 1600, colorScheme: "dark" },
  { width: 900, colorScheme: "light" },
  { width: 900, colorScheme: "dark" },
  { width: 360, colorScheme: "light" },
  { width: 360, colorScheme: "dark" },
] as const;

describe.each(WINDOWS)("in a $colorScheme window $width wide", ({ width, colorScheme }) => {
  it("every page fits, has one heading, and has no serious axe violations", async () => {
    await inWindow({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(`${origin}${path}`);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        expect(await page.locator("h1").count(), name).toBe(1);
        expect(await page.evaluate("document.documentElement.scrollWidth"), `${name} scrolls sideways`).toBe(width);
        expect(await seriousIn(page), name).toEqual([]);
      }
    });
  });
});

/** What axe-core finds that keeps people out. The page's own policy lets no script in, so it is asked by the debugger. */
async function seriousIn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document)");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe("running a job", () => {
  it("shows the plan before the run starts, and its progress", async () => {
    await using cluster = await startDemoCluster(NAMESPACE);
    const source = liveSource(cluster.connected, NAMESPACE);
    const acting = dashboard(source, { actions: liveActions(cluster.connected, source) });
    await using own = await serveDashboard(acting, 0);
    const { origin: place } = new URL(own.url);
    const context = await browser.newContext({ viewport: { width: 1600, height: 900 } });
    try {
      const page = await context.newPage();
      await page.goto(own.url);
      await page.goto(`${place}/jobs/${NAMESPACE}/pod-cleanup`);
      await page.getByRole("link", { name: "Run…" }).click();
      await page.getByLabel("max").fill("nonsense");
      await page.getByRole("button", { name: "Dry run" }).click();
      await page.getByText("Nothing was started.").waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, "refused-light-1600.png"), fullPage: true });
      expect(await seriousIn(page)).toEqual([]);
      await page.getByLabel("max").fill("");
      await page.getByRole("button", { name: "Dry run" }).click();
      const deed = page.getByRole("button", { name: /^Delete these \d+ pods$/ });
      await deed.waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, "plan-light-1600.png"), fullPage: true });
      expect(await seriousIn(page)).toEqual([]);
      await deed.click();
      await page.waitForURL("**/runs/**");
      await page.locator(".lead", { hasText: /^Succeeded in/ }).waitFor();
      expect(await page.locator(".log li").count()).toBeGreaterThan(0);
      await page.goto(`${place}/jobs/${NAMESPACE}/node-pressure/pause`);
      expect(await seriousIn(page)).toEqual([]);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("link", { name: "Resume…" }).waitFor();
    } finally {
      await context.close();
    }
  });
});

describe("the dashboard", () => {
  it("leads by keyboard alone from the list to a failed run", async () => {
    await inWindow({}, async (page) => {
      await page.goto(`${origin}/jobs`);
      await page.keyboard.press("/");
      await page.keyboard.type("event");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/jobs?q=event");
      await page.locator("td a.row").first().focus();
      await page.keyboard.press("Enter");
      await page.waitForURL("**/event-archive");
      await page.getByRole("link", { name: /^Out of memory/ }).focus();
      await page.keyboard.press("Enter");
      await page.waitForURL("**?outcome=outOfMemory");
      await page.locator("td a.row").first().focus();
      await page.keyboard.press("Enter");
      await page.getByText("It ran out of memory").waitFor();
    });
  });

  it("shows every page without JavaScript", async () => {
    await inWindow({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${origin}${paths.killed}`);
      expect(await page.locator(".log li").count()).toBeGreaterThan(5);
      expect(await page.getByRole("button", { name: "Copy" }).count()).toBe(0);
      await page.goto(`${origin}/jobs`);
      await page.getByRole("link", { name: /^Paused/ }).click();
      expect(await page.locator("tbody .mono").allTextContents()).toEqual(["secret-rotate"]);
    });
  });

  it("opens the log at the line in the address", async () => {
    await inWindow({}, async (page) => {
      await page.goto(`${origin}${paths.limited}#L14`);
      const ground = (id: string) =>
        page.evaluate(`getComputedStyle(document.getElementById("${id}")).backgroundColor`);
      expect(await ground("L14")).not.toBe(await ground("L13"));
    });
  });

  it("copies a command", async () => {
    await inWindow({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      await page.goto(`${origin}${paths.killed}`);
      await page.locator(".cmd button").click();
      await page.getByText("Copied").waitFor();
      const copied = await page.evaluate("navigator.clipboard.readText()");
      expect(copied).toMatch(/^errand why event-archive-\d+ -n team-a$/);
    });
  });

  it("has no animations if the browser prefers reduced motion", async () => {
    await inWindow({ reducedMotion: "reduce" }, async (page) => {
      await page.goto(`${origin}/jobs`);
      const animations = await page.evaluate("document.getAnimations().length");
      expect(animations).toBe(0);
    });
  });
});
