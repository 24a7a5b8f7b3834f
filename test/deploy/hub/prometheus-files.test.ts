import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { ALERT_TABLES } from "../../../deploy/hub/alerts/store.ts";
import { openArchive } from "../../../deploy/hub/archive/archive.ts";
import { hubMetrics, METRIC_TABLES } from "../../../deploy/hub/metrics.ts";

const fileOf = (name: string) => readFileSync(new URL(`../../../deploy/hub/${name}`, import.meta.url), "utf8");

it("alert rules and the dashboard use metrics that the hub has, and no others", () => {
  using archive = openArchive(":memory:", { tables: [ALERT_TABLES, METRIC_TABLES] });
  const known = new Set([...hubMetrics(archive).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const used = `${fileOf("alert-rules.yaml")}${fileOf("grafana-dashboard.json")}`;
  const names = new Set([...used.matchAll(/errand_(?:job|hub)_\w+/g)].map(([name]) => name.replace(/_bucket$/, "")));
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
  expect(names.size).toBeGreaterThan(6);
});

it("each alert says what is wrong and what to do next", () => {
  const { groups } = parse(fileOf("alert-rules.yaml"));
  for (const { rules } of groups) {
    for (const { alert, expr, annotations } of rules) {
      expect([alert, expr, annotations.summary, annotations.next_step]).not.toContain(undefined);
    }
  }
});
