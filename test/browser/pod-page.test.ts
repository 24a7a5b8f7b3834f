import type { Server } from "node:http";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogTail } from "../../runtime/run/output/log-tail.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { startStatusServer } from "../../runtime/status/server.ts";
import { sampleReport } from "../runtime/run/report/sample-report.ts";
import { sampleSource } from "../runtime/status/status-source.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const SCREENSHOTS = join(import.meta.dirname, "screenshots");

const { finishedAt: _finishedAt, result: _result, ...begun } = sampleReport;
const running: Report = {
  ...begun,
  outcome: "running",
  startedAt: new Date(Date.now() - 60_000).toISOString(),
  progress: { done: 1, total: 4 },
  memory: { everySeconds: 1, mebibytes: [64, 90, 120] },
  requestCounts: { list: { pods: { 200: 3 } } },
};

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

/** A pod of which only the status endpoint is there. */
async function startPod() {
  const log = new LogTail();
  const ended = new AbortController();
  let report = running;
  const source = sampleSource({ log, report: () => report, ended: ended.signal });
  let servers: Server[] = [];
  const port = await new Promise<number>((onListening, onError) => {
    servers = startStatusServer({ port: 0, source, onListening, onError });
  });
  return {
    url: `http://localhost:${port}/`,
    log: (message: string) =>
      log.write(Buffer.from(`${JSON.stringify({ time: new Date().toISOString(), level: "info", message })}\n`)),
    say: (next: Partial<Report>) => {
      report = { ...report, ...next };
    },
    end: () => ended.abort(),
    /** Its process is gone. */
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

/** What a browser complains of, the content security policy included. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

describe("a run's page in its pod", () => {
  it("follows progress and the log, and keeps the run's end when the pod is gone", async () => {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    {
      await using pod = await startPod();
      pod.log("first line");
      await page.goto(pod.url);
      await page.getByText("25 %", { exact: true }).waitFor();
      pod.say({ progress: { done: 3, total: 4 } });
      pod.log("second line");
      await page.getByText("75 %", { exact: true }).waitFor();
      await page.getByText("second line").waitFor();
      expect(complaints).toEqual([]);
      pod.log("last line");
      pod.say({ outcome: "succeeded", finishedAt: new Date().toISOString(), result: { deleted: 4 } });
      pod.end();
      await page.locator("[data-status]", { hasText: /^Succeeded in/ }).waitFor();
    }
    await page.getByText("last line").waitFor();
    expect(await page.locator("[data-status]").textContent()).toMatch(/^Succeeded in 1 min/);
    await page.close();
  });

  it.each([
    { colorScheme: "light", width: 1600 },
    { colorScheme: "dark", width: 1600 },
    { colorScheme: "light", width: 360 },
    { colorScheme: "dark", width: 360 },
  ] as const)(
    "fits, and nothing serious is found by axe: $colorScheme, $width wide",
    async ({ colorScheme, width }) => {
      await using pod = await startPod();
      pod.log(`a line of ${"many ".repeat(50)}words`);
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      await page.goto(pod.url);
      await page.screenshot({ path: join(SCREENSHOTS, `pod-${colorScheme}-${width}.png`), fullPage: true });
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      await page.addScriptTag({ content: axe.source });
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious).toEqual([]);
      await page.close();
    },
  );
});
