import { describe, expect, expectTypeOf, it } from "vitest";
import { JobMetrics, type Metrics, SERIES_MAX } from "../../../../runtime/run/output/job-metrics.ts";

const same = (text: string): string => text;

function metrics(): { readonly own: JobMetrics; readonly typed: Metrics; readonly warnings: string[] } {
  const warnings: string[] = [];
  const own = new JobMetrics((text) => warnings.push(text), same);
  return { own, typed: own, warnings };
}

describe("JobMetrics", () => {
  it("adds up counters and keeps the last value of gauges, by labels", () => {
    const { own, typed } = metrics();
    const synced = typed.counter("items_synced", { help: "Items synced.", labels: { kind: ["user", "group"] } });
    synced.add(2, { kind: "user" });
    synced.add(1, { kind: "user" });
    synced.add(5, { kind: "group" });
    const left = typed.gauge("items_left");
    left.set(7);
    left.set(3);
    expect(own.read(same)).toEqual([
      {
        name: "items_synced",
        type: "counter",
        help: "Items synced.",
        samples: [
          [{ kind: "user" }, 3],
          [{ kind: "group" }, 5],
        ],
      },
      { name: "items_left", type: "gauge", help: "", samples: [[{}, 3]] },
    ]);
  });

  it("types the labels by what is declared", () => {
    const { typed } = metrics();
    const synced = typed.counter("items_synced", { labels: { kind: ["user", "group"], namespace: 20 } });
    expectTypeOf(synced.add).parameters.toEqualTypeOf<
      [amount: number, labels: { readonly kind: "user" | "group"; readonly namespace: string }]
    >();
    expectTypeOf(typed.gauge("items_left").set).parameters.toEqualTypeOf<[value: number]>();
  });

  it("counts values beyond a label's bound as other", () => {
    const { own, typed } = metrics();
    const seen = typed.counter("seen", { labels: { namespace: 2 } });
    for (const namespace of ["a", "b", "c", "d", "a"]) seen.add(1, { namespace });
    const listed = own.counter("listed", { labels: { kind: ["user"] } });
    listed.add(1, { kind: "robot" });
    Reflect.apply(listed.add, undefined, [1]);
    expect(own.read(same).map(({ samples }) => samples)).toEqual([
      [
        [{ namespace: "a" }, 2],
        [{ namespace: "b" }, 1],
        [{ namespace: "other" }, 2],
      ],
      [[{ kind: "other" }, 2]],
    ]);
  });

  it("has a bounded number of series, and warns once when there would be more", () => {
    const { own, typed, warnings } = metrics();
    const seen = typed.counter("seen", { labels: { one: 100, two: 100 } });
    for (let count = 0; count < 2_000; count += 1)
      seen.add(1, { one: `${count % 100}`, two: `${Math.floor(count / 100)}` });
    expect(own.read(same)[0]?.samples.length).toBeLessThanOrEqual(SERIES_MAX);
    expect(warnings).toEqual(["metric seen: a job has at most 500 series; others are not counted"]);
  });

  it("ignores what is no amount, and warns once", () => {
    const { own, typed, warnings } = metrics();
    const seen = typed.counter("seen");
    for (const amount of [-1, -1, Number.NaN]) seen.add(amount);
    typed.gauge("left").set(Number.POSITIVE_INFINITY);
    expect(own.read(same).flatMap(({ samples }) => samples)).toEqual([]);
    expect(warnings).toEqual([
      "metric seen cannot grow by -1",
      "metric seen cannot grow by NaN",
      "metric left cannot be Infinity",
    ]);
  });

  it.each(["errand_mine", "items_total", "Items", "1items", "items-synced", "a{b}", ""])(
    "refuses the name %s",
    (name) => {
      expect(() => metrics().own.counter(name)).toThrow(/expected a name of its own such as items_synced/);
    },
  );

  it.each([{ "a b": 3 }, { kind: 0 }, { kind: 101 }, { kind: 1.5 }])("refuses the labels %o", (labels) => {
    expect(() => metrics().own.counter("seen", { labels })).toThrow(/expected a list of values or 1 to 100/);
  });

  it("gives the same metric to who asks for it again, and refuses it as another kind", () => {
    const { own, typed } = metrics();
    typed.counter("seen").add(1);
    typed.counter("seen").add(1);
    expect(own.read(same)[0]?.samples).toEqual([[{}, 2]]);
    expect(() => own.gauge("seen")).toThrow(RangeError);
  });

  it("takes secrets out of labels", () => {
    const { own } = metrics();
    own.counter("seen", { labels: { token: 3 } }).add(1, { token: "hunter2" });
    expect(own.read((text) => text.replace("hunter2", "[redacted]"))[0]?.samples).toEqual([
      [{ token: "[redacted]" }, 1],
    ]);
  });

  it("takes secrets out of labels before it cuts them, and cuts what is left", () => {
    const secret = "hunter2".repeat(50);
    const own = new JobMetrics(
      () => {},
      (text) => text.replaceAll(secret, "[redacted]"),
    );
    const seen = own.counter("seen", { labels: { token: 3 } });
    for (const token of [secret, `${"-".repeat(100)}${secret}`, "x".repeat(300)]) {
      seen.add(1, { token });
      seen.add(1, { token });
    }
    expect(own.read(same)[0]?.samples).toEqual([
      [{ token: "[redacted]" }, 2],
      [{ token: `${"-".repeat(100)}[redacted]` }, 2],
      [{ token: "x".repeat(128) }, 2],
    ]);
  });
});
