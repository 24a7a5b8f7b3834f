import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DashboardServer, serveDashboard } from "../../deploy/dashboard/server.ts";
import { demoIncidents } from "../deploy/dashboard/demo-incidents.ts";

const SCREENSHOTS = join(import.meta.dirname, "screenshots");

let browser: Browser;
const servers: Record<string, DashboardServer> = {};
const demos = { demo: demoIncidents(), hostile: demoIncidents({ isHostile: true }) };

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  for (const [name, { app }] of Object.entries(demos)) servers[name] = await serveDashboard(app, 0);
  await mkdir(SCREENSHOTS, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
  for (const { archive } of Object.values(demos)) archive[Symbol.dispose]();
});

describe.each(["light", "dark"] as const)("incidents in a %s window", (colorScheme) => {
  it.each([1600, 900, 360])("fit into %i pixels, and have no serious axe violations", async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    try {
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      for (const [name, { open, closed }] of Object.entries(demos)) {
        const { url } = servers[name] as DashboardServer;
        await page.goto(url);
        for (const path of ["", `/${open}`, `/${closed}`]) {
          await page.goto(`${new URL(url).origin}/incidents${path}`);
          const kind = { "": "incidents", [`/${open}`]: "incident" }[path] ?? "resolved";
          const file = `${kind}${name === "demo" ? "" : `-${name}`}-${colorScheme}-${width}.png`;
          await page.screenshot({ path: join(SCREENSHOTS, file), fullPage: true });
          expect(await page.locator("h1").count()).toBe(1);
          expect(await page.evaluate("document.documentElement.scrollWidth"), `${file} scrolls sideways`).toBe(width);
          await page.evaluate(axe.source);
          const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document)");
          const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
          expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        }
      }
      expect(problems).toEqual([]);
    } finally {
      await context.close();
    }
  });
});
