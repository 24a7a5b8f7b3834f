import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IncidentPage } from "../../../deploy/source/incidents.ts";
import { startDemoDashboard } from "./demo-dashboard.ts";
import { demoIncidents } from "./demo-incidents.ts";

let demo: ReturnType<typeof demoIncidents>;

beforeEach(() => {
  demo = demoIncidents();
});

afterEach(() => demo.archive[Symbol.dispose]());

async function textOf(path: string): Promise<string> {
  const html = await (await demo.app.request(path)).text();
  return html
    .replace(/<(?:style|script)>.*?<\/(?:style|script)>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("the page of incidents", () => {
  it("says what is wrong, since when, and who was told", async () => {
    const text = await textOf("/incidents");
    expect(text).toContain("Incidents 3");
    expect(text).toContain("3 open. Each sends one alert, and one message when it is over.");
    expect(text).toContain("1 message did not arrive ops-gateway : it answered 502, 1 try. Next try at 14:46 UTC.");
    expect(text).toMatch(
      /cert-expiry team-a No start since it was due at 06:00 Europe\/Berlin overdue 05:11 9 h 30 min ago 0/,
    );
    expect(text).toContain("team-a 13:30, ops-gateway waits, alertmanager 13:30");
    expect(text).toMatch(
      /preview-teardown team-a Took 3 h; it may take 30 min It succeeded after 12 s. longerThan 09:05 1 h/,
    );
    expect(text).toContain("its node was drained");
  });

  it("is the same as JSON", async () => {
    const page = (await (await demo.app.request("/incidents?format=json")).json()) as IncidentPage;
    expect(page.open.map(({ job }) => job)).toEqual(["image-sync", "event-archive", "cert-expiry"]);
    expect(page.closed.map(({ job }) => job)).toEqual(["preview-teardown", "pvc-prune", "nightly-dump"]);
    expect(page.undelivered).toMatchObject([{ channel: "ops-gateway", state: "waiting", problem: "it answered 502" }]);
    expect(page.channels.map(({ name, waiting }) => [name, waiting])).toEqual([
      ["team-a", 0],
      ["ops-gateway", 1],
      ["alertmanager", 0],
    ]);
  });

  it("comes in pages of what is over", async () => {
    const first = demo.app.request("/incidents?format=json&after=b1".padEnd(40, "0").replace(/0+$/, "00000000000000"));
    const page = (await (await first).json()) as IncidentPage;
    expect(page.closed.map(({ job }) => job)).toEqual(["pvc-prune", "nightly-dump"]);
  });

  it("leads to one of each", async () => {
    const text = await textOf(`/incidents/${demo.open}`);
    expect(text).toContain("Failed 4 times in a row; the last run ran out of memory.");
    expect(text).toContain("The container used all of its 256 Mi");
    expect(text).toContain("errand why event-archive -n team-a");
    expect(text).toMatch(/Who was told .* team-a Alert 11:00 1/);
    expect(await textOf(`/incidents/${demo.closed}`)).toContain("It succeeded after 12 s.");
  });

  it("knows no other", async () => {
    expect((await demo.app.request("/incidents/nothing")).status).toBe(404);
  });

  it("is not there for the live cluster", async () => {
    await using live = await startDemoDashboard();
    expect((await live.app.request("/incidents")).status).toBe(404);
    expect(await (await live.app.request("/jobs")).text()).not.toContain("/incidents");
  });

  it("shows what somebody evil wrote as text", async () => {
    using _archive = demo.archive;
    const evil = demoIncidents({ isHostile: true });
    for (const path of ["/incidents", `/incidents/${evil.open}`]) {
      const html = await (await evil.app.request(path)).text();
      expect(html).not.toContain("<script>alert");
      expect(html).toContain("&lt;script&gt;alert");
    }
    evil.archive[Symbol.dispose]();
  });
});
