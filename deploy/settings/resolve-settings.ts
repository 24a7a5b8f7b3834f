import type { JobDefinition, JobSettings } from "../../runtime/job/definition.ts";
import type { ResolvedSettings } from "./define-config.ts";
import { merge } from "./merge.ts";
import { DEFAULT_IMAGE } from "./node-command.ts";
import { type Layer, type Origin, originsOf } from "./origins.ts";

/** What the command line says; the last word on everything that it names. */
export interface SettingFlags {
  readonly env?: string | undefined;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly image?: string | undefined;
  readonly bundledImage?: string | undefined;
  readonly nodeVersion?: number | undefined;
}

/**
 * Combines what several places set: the job file, then `errand.config.ts` for all, then its environment, then the command line. A later one wins;
 * maps, and lists of things with names, are merged.
 *
 * @param config the layers of `errand.config.ts`, the weakest first
 */
export function combineSettings(
  file: string,
  definition: JobSettings,
  config: readonly Layer[],
  flags: SettingFlags,
): { readonly settings: ResolvedSettings; readonly origins: readonly Origin[] } {
  return combine([DEFAULTS, jobLayer(file, definition), ...config, ...flagLayers(flags)]);
}

/** What is in force where nobody says anything but the job file. */
export function settingsOfJob(definition: JobSettings | JobDefinition): ResolvedSettings {
  return combine([DEFAULTS, jobLayer("", definition)]).settings;
}

const DEFAULTS: Layer = { source: "default", values: { image: DEFAULT_IMAGE } };

function combine(layers: readonly Layer[]) {
  const settings = layers.reduce<unknown>((merged, { values }) => merge(merged, values), {}) as ResolvedSettings;
  return { settings, origins: originsOf(layers) };
}

function jobLayer(source: string, { resources, env, pod }: JobSettings): Layer {
  return { source, values: { resources, env, pod } };
}

function flagLayers({ namespace, context, image, bundledImage, nodeVersion }: SettingFlags): Layer[] {
  return [
    { source: "--namespace", values: { namespace } },
    { source: "--context", values: { context } },
    { source: "--image", values: { image } },
    { source: "--bundled-image", values: { bundledImage } },
    { source: "--node-version", values: { nodeVersion } },
  ];
}
