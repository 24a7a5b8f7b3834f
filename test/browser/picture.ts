// Makes the README's picture of the dashboard: npm run picture
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serveDashboard } from "../../deploy/dashboard/server.ts";
import { startDemoDashboard } from "../deploy/dashboard/demo-dashboard.ts";

const PICTURE = join(import.meta.dirname, "../../deploy/dashboard/jobs.png");
const WINDOW = { width: 1280, height: 900 };

await using demo = await startDemoDashboard({ isHostile: false });
await using server = await serveDashboard(demo.app, 0);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: WINDOW, colorScheme: "light" });
  await page.goto(server.url);
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
}
process.stdout.write(`${PICTURE}\n`);
