import { describe, expect, it } from "vitest";
import type { Report } from "../../../runtime/run/report/report.ts";
import { metricsText } from "../../../runtime/status/metrics.ts";
import { sampleReport } from "../run/report/sample-report.ts";

const report: Report = {
  ...sampleReport,
  job: 'odd "name"\\',
  params: { olderThan: "2h", limit: 4711 },
  progress: { deleted: 12, share: 0.5, phase: "half", nested: { deeper: 1 } },
  mutations: { delete: { pods: 12, "jobs.batch": 1 } },
  throttledMs: 1_500,
  requestCounts: { list: { pods: { 200: 3 } }, delete: { pods: { none: 1 } } },
};

/** The lines about a family, without the family's help. */
async function linesOf(family: string, accept = ""): Promise<string[]> {
  const { text } = await metricsText(report, [], accept);
  return text.split("\n").filter((line) => line.includes(family) && !line.startsWith("# HELP"));
}

describe("metricsText", () => {
  it("reports the run's identity, changes, requests, waits and progress", async () => {
    expect(await linesOf("errand_mutations")).toEqual([
      "# TYPE errand_mutations_total counter",
      'errand_mutations_total{verb="delete",resource="pods"} 12',
      'errand_mutations_total{verb="delete",resource="jobs.batch"} 1',
    ]);
    expect(await linesOf("errand_requests")).toEqual([
      "# TYPE errand_requests_total counter",
      'errand_requests_total{verb="list",resource="pods",code="200"} 3',
      'errand_requests_total{verb="delete",resource="pods",code="none"} 1',
    ]);
    expect(await linesOf("errand_throttled")).toContain("errand_throttled_seconds_total 1.5");
    expect(await linesOf("errand_progress")).toEqual([
      "# TYPE errand_progress gauge",
      'errand_progress{name="deleted"} 12',
      'errand_progress{name="share"} 0.5',
    ]);
    expect((await linesOf("errand_run_info"))[1]).toContain('job="odd \\"name\\"\\\\"');
  });

  it("reports the run's duration, so far and in the end", async () => {
    const times = { startedAt: "2026-03-01T06:00:00.000Z", finishedAt: "2026-03-01T06:01:30.500Z" };
    const { text } = await metricsText({ ...report, ...times }, [], "");
    expect(text).toMatch(/^errand_run_duration_seconds 90\.5$/m);
  });

  it("has the job's own metrics, after errand's", async () => {
    const own = [
      { name: "items_synced", type: "counter", help: 'A "quoted"\nhelp', samples: [[{ kind: 'a"b\\c\nd' }, 3]] },
    ] as const;
    const lines = async (accept: string) =>
      (await metricsText(report, own, accept)).text.split("\n").filter((line) => line.includes("items_synced"));
    expect(await lines("")).toEqual([
      "# TYPE items_synced_total counter",
      '# HELP items_synced_total A "quoted"\\nhelp',
      'items_synced_total{kind="a\\"b\\\\c\\nd"} 3',
    ]);
    expect((await lines("application/openmetrics-text")).slice(0, 2)).toEqual([
      "# TYPE items_synced counter",
      '# HELP items_synced A \\"quoted\\"\\nhelp',
    ]);
  });

  it("keeps to the grammar of OpenMetrics, each family once and whole", async () => {
    const own = [{ name: "items_synced", type: "gauge", help: "Items.", samples: [[{}, 0.5]] }] as const;
    const { text } = await metricsText(report, own, "application/openmetrics-text");
    expect(() => checkOpenMetrics(text)).not.toThrow();
    expect(() => checkOpenMetrics(text.replace("# EOF\n", ""))).toThrow("EOF");
    expect(() => checkOpenMetrics(text.replace("errand_retries_total", "errand_retries"))).toThrow("errand_retries");
  });

  it("contains no parameter and no text of the job", async () => {
    const { text } = await metricsText(report, [], "");
    expect(text).not.toMatch(/4711|2h|half/);
  });

  it("uses OpenMetrics if the scraper accepts it, otherwise the Prometheus format", async () => {
    const accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5";
    const open = await metricsText(report, [], accept);
    expect(open.contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(open.text).toMatch(/\n# EOF\n$/);
    expect(await linesOf("errand_retries", accept)).toEqual([
      "# TYPE errand_retries counter",
      `errand_retries_total ${report.retries}`,
    ]);
    const plain = await metricsText(report, [], "*/*");
    expect(plain.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(plain.text).not.toContain("# EOF");
  });

  it("reports the event loop's delay since the last scrape, from the second one on", async () => {
    await metricsText(report, [], "");
    const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
    await pause();
    const end = Date.now() + 60;
    while (Date.now() < end);
    await pause();
    const [, line = ""] = await linesOf("errand_event_loop_delay_max_seconds");
    expect(Number(line.split(" ")[1])).toBeGreaterThan(0.02);
  });
});

/** The rules of https://prometheus.io/docs/specs/om/open_metrics_spec/ that text of counters and gauges can break. @throws where it does */
function checkOpenMetrics(text: string): void {
  const lines = text.split("\n");
  if (lines.at(-1) !== "" || lines.at(-2) !== "# EOF") throw new Error("no EOF at the end");
  const families = new Map<string, string>();
  const series = new Set<string>();
  let family = "";
  for (const line of lines.slice(0, -2)) {
    const [, keyword, name = "", rest = ""] = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (keyword === "TYPE") {
      if (families.has(name) || !["counter", "gauge"].includes(rest))
        throw new Error(`a second time, or a type of none: ${line}`);
      families.set(name, rest);
      family = name;
    } else if (keyword !== undefined) {
      if (name !== family || /(?<!\\)(?:\\\\)*"/.test(rest))
        throw new Error(`not of the family before, or not escaped: ${line}`);
    } else {
      const sample =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))+\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(
          line,
        );
      const wanted = families.get(family) === "counter" ? `${family}_total` : family;
      if (sample?.[1] !== wanted) throw new Error(`no sample of ${family}: ${line}`);
      const id = `${sample[1]}${sample[2] ?? ""}`;
      if (series.has(id)) throw new Error(`a second time: ${line}`);
      series.add(id);
    }
  }
}
