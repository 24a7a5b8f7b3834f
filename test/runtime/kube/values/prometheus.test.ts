import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sample } from "../../../../runtime/kube/surface/call-results.ts";
import { parseMetrics } from "../../../../runtime/kube/values/prometheus.ts";

async function parse(text: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of parseMetrics(text.split("\n"))) samples.push(sample);
  return samples;
}

test("parseMetrics reads counters, gauges and histograms with their types", async () => {
  const samples = await parse(`# HELP apiserver_request_total Counter of requests.
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",verb="LIST"} 12
# TYPE up gauge
up 1 1395066363000
# TYPE seconds histogram
seconds_bucket{le="0.1"} 3
seconds_bucket{le="+Inf"} 4
seconds_sum 0.7e1
seconds_count 4

untyped_thing -Inf
not_a_number NaN
`);
  expect(samples).toEqual([
    { name: "apiserver_request_total", labels: { code: "200", verb: "LIST" }, value: 12, type: "counter" },
    { name: "up", labels: {}, value: 1, type: "gauge" },
    { name: "seconds_bucket", labels: { le: "0.1" }, value: 3, type: "histogram" },
    { name: "seconds_bucket", labels: { le: "+Inf" }, value: 4, type: "histogram" },
    { name: "seconds_sum", labels: {}, value: 7, type: "histogram" },
    { name: "seconds_count", labels: {}, value: 4, type: "histogram" },
    { name: "untyped_thing", labels: {}, value: Number.NEGATIVE_INFINITY },
    { name: "not_a_number", labels: {}, value: Number.NaN },
  ]);
});

test("parseMetrics reads OpenMetrics with exemplars", async () => {
  const samples = await parse('# TYPE a counter\na_total{x="1"} 5 # {trace_id="t"} 0.4\n# EOF\n');
  expect(samples).toEqual([{ name: "a_total", labels: { x: "1" }, value: 5, type: "counter" }]);
});

test.each(["", "name", "name{", 'name{a="b} 1', "name{a=b} 1", "1name 1", "name one", 'name{a="b"', "# comment"])(
  "parseMetrics skips %j",
  async (line) => {
    expect(await parse(line)).toEqual([]);
  },
);

test("parseMetrics unescapes label values with quotes, braces and newlines", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom("a", '"', "\\", "\n", "}", ",", "é", " # {") }),
      async (value) => {
        const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
        expect(await parse(`m{first="1",label="${escaped}"} 2`)).toEqual([
          { name: "m", labels: { first: "1", label: value }, value: 2 },
        ]);
      },
    ),
  );
});
