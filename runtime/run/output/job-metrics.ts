/** Bounds what one job can make of a scrape, whatever it counts. */
export const SERIES_MAX = 500;
const METRICS_MAX = 50;
const VALUES_MAX = 100;
const VALUE_LENGTH_MAX = 128;
/** What a label says beyond its bound. */
const OTHER = "other";

const NAME = /^[a-z][a-z0-9_]*$/;

/** The values that each label may have, or how many different ones: whatever is beyond that is counted as `other`. */
export type LabelBounds = Readonly<Record<string, readonly string[] | number>>;

type LabelsOf<L extends LabelBounds> = {
  readonly [Name in keyof L]: L[Name] extends readonly (infer Value extends string)[] ? Value : string;
};
type LabelArguments<L extends LabelBounds> = keyof L extends never ? [] : [labels: LabelsOf<L>];

/** How a metric is described. */
export interface MetricOptions<L extends LabelBounds = LabelBounds> {
  /** One sentence for people. */
  readonly help?: string;
  /** `{ kind: ["user", "group"], namespace: 20 }` */
  readonly labels?: L;
}

/** Only grows; `_total` is added to its name. */
export interface Counter<L extends LabelBounds = Readonly<Record<never, number>>> {
  /** @param amount 0 or more */
  add(amount: number, ...labels: LabelArguments<L>): void;
}

/** Goes up and down. */
export interface Gauge<L extends LabelBounds = Readonly<Record<never, number>>> {
  set(value: number, ...labels: LabelArguments<L>): void;
}

/** The job's own metrics, at the status endpoint's `/metrics`. Those of a rehearsal are thrown away. */
export interface Metrics {
  /** @throws {RangeError} for a name or labels that cannot be a metric's */
  counter<const L extends LabelBounds = Readonly<Record<never, number>>>(
    name: string,
    options?: MetricOptions<L>,
  ): Counter<L>;
  /** @throws {RangeError} for a name or labels that cannot be a metric's */
  gauge<const L extends LabelBounds = Readonly<Record<never, number>>>(
    name: string,
    options?: MetricOptions<L>,
  ): Gauge<L>;
}

/** Values of one metric, by labels. */
export interface JobMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly (readonly [Readonly<Record<string, string>>, number])[];
}

interface Family {
  readonly type: JobMetric["type"];
  readonly help: string;
  readonly bounds: readonly (readonly [string, { readonly most: number; readonly seen: Set<string> }])[];
  readonly series: Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>;
}

/** Keeps a job's metrics within their bounds. Nothing that a job counts ends it: what is wrong with a value is warned of once. */
export class JobMetrics implements Metrics {
  readonly #families = new Map<string, Family>();
  readonly #warn: (text: string) => void;
  readonly #redact: (text: string) => string;
  readonly #warned = new Set<string>();
  #series = 0;

  /** @param redact takes secrets out of labels, before they are cut */
  constructor(warn: (text: string) => void, redact: (text: string) => string) {
    this.#warn = warn;
    this.#redact = redact;
  }

  counter(name: string, options: MetricOptions = {}): Counter<LabelBounds> {
    const family = this.#declare("counter", name, options);
    return {
      add: (amount, labels) => {
        if (amount >= 0 && Number.isFinite(amount)) this.#change(name, family, labels, (value) => value + amount);
        else this.#warnOnce(`metric ${name} cannot grow by ${amount}`);
      },
    };
  }

  gauge(name: string, options: MetricOptions = {}): Gauge<LabelBounds> {
    const family = this.#declare("gauge", name, options);
    return {
      set: (value, labels) => {
        if (Number.isFinite(value)) this.#change(name, family, labels, () => value);
        else this.#warnOnce(`metric ${name} cannot be ${value}`);
      },
    };
  }

  /** @param redact takes out secrets that were not known when they were counted */
  read(redact: (text: string) => string): JobMetric[] {
    return [...this.#families].map(([name, { type, help, series }]) => ({
      name,
      type,
      help: redact(help),
      samples: [...series.values()].map(({ labels, value }) => {
        const shown = Object.entries(labels).map(([label, text]) => [label, redact(text)]);
        return [Object.fromEntries(shown) as Record<string, string>, value] as const;
      }),
    }));
  }

  #declare(type: Family["type"], name: string, { help = "", labels = {} }: MetricOptions): Family {
    const known = this.#families.get(name);
    if (known?.type === type) return known;
    const reserved = name.startsWith("errand_") || name.endsWith("_total");
    if (known !== undefined || reserved || !NAME.test(name)) {
      throw new RangeError(
        `metric "${name}": expected a name of its own such as items_synced: a-z, 0-9 and _, without errand_ and _total`,
      );
    }
    const wrong = Object.entries(labels).find(([label, bound]) => !NAME.test(label) || !isBound(bound));
    if (wrong !== undefined) {
      const bound = JSON.stringify(wrong[1]);
      throw new RangeError(
        `metric "${name}", label "${wrong[0]}": expected a list of values or 1 to 100, got ${bound}`,
      );
    }
    if (this.#families.size >= METRICS_MAX) {
      throw new RangeError(`metric "${name}": a job has at most ${METRICS_MAX} metrics`);
    }
    const bounds = Object.entries(labels).map(([label, bound]) => {
      const values = typeof bound === "number" ? [] : bound;
      return [label, { most: typeof bound === "number" ? bound : 0, seen: new Set(values) }] as const;
    });
    const family: Family = { type, help, bounds, series: new Map() };
    this.#families.set(name, family);
    return family;
  }

  #change(name: string, family: Family, given: unknown, next: (value: number) => number): void {
    const labels: Record<string, string> = {};
    for (const [label, bound] of family.bounds) labels[label] = this.#labelValue(Object(given)[label], bound);
    const key = JSON.stringify(Object.values(labels));
    const known = family.series.get(key);
    if (known !== undefined) known.value = next(known.value);
    else if (this.#series < SERIES_MAX) {
      this.#series += 1;
      family.series.set(key, { labels, value: next(0) });
    } else this.#warnOnce(`metric ${name}: a job has at most ${SERIES_MAX} series; others are not counted`);
  }

  #labelValue(given: unknown, { most, seen }: { readonly most: number; readonly seen: Set<string> }): string {
    const whole = String(given ?? OTHER);
    if (seen.has(whole)) return whole;
    const text = this.#redact(whole).slice(0, VALUE_LENGTH_MAX);
    if (seen.has(text)) return text;
    if (seen.size >= most) return OTHER;
    seen.add(text);
    return text;
  }

  #warnOnce(text: string): void {
    if (this.#warned.has(text) || this.#warned.size >= METRICS_MAX) return;
    this.#warned.add(text);
    this.#warn(text);
  }
}

function isBound(bound: unknown): boolean {
  if (Array.isArray(bound)) return bound.length <= VALUES_MAX && bound.every((value) => typeof value === "string");
  return Number.isInteger(bound) && Number(bound) >= 1 && Number(bound) <= VALUES_MAX;
}
