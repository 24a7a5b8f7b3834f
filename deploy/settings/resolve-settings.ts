import type { JobDefinition, JobSettings, Json } from "../../runtime/job/definition.ts";
import type { ResolvedSettings } from "./define-config.ts";
import { DEFAULT_IMAGE } from "./image.ts";
import { jobNameOf } from "./job-name.ts";
import { isMap, type Layer, merge, type Origin, originsOf } from "./merge.ts";

/** Settings from the command line, which override all others. */
export interface SettingFlags {
  readonly env?: string | undefined;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly image?: string | undefined;
  readonly bundledImage?: string | undefined;
  readonly nodeVersion?: number | undefined;
  /** Parameters of scheduled runs. */
  readonly scheduleParams?: Readonly<Record<string, Json>> | undefined;
}

/**
 * Combines the settings of a job: from its file, `errand.config.ts`, an environment in it, and the command line. A later one wins;
 * maps and lists of named items are merged. A parameter is replaced as a whole.
 *
 * @param config the layers of `errand.config.ts`, the weakest first
 */
export function combineSettings(
  file: string,
  definition: JobSettings,
  config: readonly Layer[],
  flags: SettingFlags,
): { readonly settings: ResolvedSettings; readonly origins: readonly Origin[] } {
  return combine([
    DEFAULTS,
    jobLayer(file, definition),
    ...config.map((layer) => layerOfJob(layer, jobNameOf(file))),
    ...flagLayers(flags),
  ]);
}

/** The settings of a job file alone. */
export function settingsOfJob(definition: JobSettings | JobDefinition): ResolvedSettings {
  return combine([DEFAULTS, jobLayer("", definition)]).settings;
}

const DEFAULTS: Layer = { source: "default", values: { image: DEFAULT_IMAGE } };

function combine(layers: readonly Layer[]) {
  const others = layers
    .map(({ source, values: { params: _params, ...values } }) => ({ source, values }))
    .filter(({ values }) => Object.keys(values).length > 0);
  const params = new Map<string, Origin>();
  for (const { source, values } of layers) {
    for (const [name, value] of Object.entries(isMap(values.params) ? values.params : {}))
      params.set(name, { path: `params.${name}`, value, source });
  }
  const settings = others.reduce<unknown>((merged, { values }) => merge(merged, values), {}) as ResolvedSettings;
  const ofParams = [...params].map(([name, { value }]) => [name, value as Json] as const);
  return {
    settings: ofParams.length === 0 ? settings : { ...settings, params: Object.fromEntries(ofParams) },
    origins: [...originsOf(others), ...params.values()].sort((left, right) => (left.path < right.path ? -1 : 1)),
  };
}

/** A layer without its settings of other jobs. */
function layerOfJob({ source, values: { jobs, hub: _hub, ...values } }: Layer, job: string): Layer {
  const own = isMap(jobs) && Object.hasOwn(jobs, job) ? jobs[job] : undefined;
  if (!isMap(own)) return { source, values };
  return { source, values: { ...values, params: own.params, alerts: merge(values.alerts, own.alerts) } };
}

function jobLayer(source: string, { resources, env, alerts, pod }: JobSettings): Layer {
  return { source, values: { resources, env, alerts, pod } };
}

function flagLayers({ namespace, context, image, bundledImage, nodeVersion, scheduleParams }: SettingFlags): Layer[] {
  return [
    { source: "--namespace", values: { namespace } },
    { source: "--context", values: { context } },
    { source: "--image", values: { image } },
    { source: "--bundled-image", values: { bundledImage } },
    { source: "--node-version", values: { nodeVersion } },
    { source: "-p", values: { params: scheduleParams } },
  ];
}
