import { stringify } from "yaml";
import { ENVIRONMENT } from "../../../runtime/run/pod/environment.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { renderManifests } from "../../manifests/render.ts";
import { paramsJsonSchema } from "../../params/params-schema.ts";
import type { PreparedJob } from "../../project/prepare.ts";
import { merge } from "../../settings/merge.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import { type Files, MARK, manifestsByFile, manifestsToYaml, markedJson } from "./manifest-files.ts";

/** Placeholders for what Helm fills in. Each is a valid name, so that YAML writes what surrounds it as for a name. */
const PLACES = {
  namespace: ["errand-release-namespace", "{{ .Release.Namespace }}"],
  image: ["errand-values-image", "{{ .Values.image | quote }}"],
  schedule: ["errand-values-schedule", "{{ .Values.schedule | quote }}"],
  suspend: ["errand-values-suspend", "{{ .Values.suspend }}"],
  // JSON is YAML, too.
  resources: ["errand-values-resources", "{{ .Values.resources | toJson }}"],
  // The kubelet reads two dollars as one.
  params: ["errand-values-params", '{{ .Values.params | toJson | replace "$" "$$" | quote }}'],
} as const;

interface Variable {
  readonly name: string;
}

type Container = Readonly<Record<string, unknown>> & { readonly name: string; readonly resources?: unknown };

interface CronJobSpec {
  readonly schedule: string;
  readonly suspend: boolean;
  readonly jobTemplate: {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
  };
}

/**
 * Makes a Helm chart of a job. Its values are what differs between installations: image, schedule, suspend, resources and params. Everything else is as
 * rendered.
 */
export function helmChart(job: PreparedJob): Files {
  const manifests = renderManifests({ ...job, namespace: PLACES.namespace[0] });
  const cronJob = manifests.find(({ kind }) => kind === "CronJob")?.spec as CronJobSpec;
  const container = jobContainer(cronJob);
  const chart = {
    apiVersion: "v2",
    name: job.name,
    description: job.definition.description ?? job.name,
    type: "application",
    version: `0.0.0-r${job.bundle.hash}`,
    appVersion: job.bundle.hash,
  };
  const templates = Object.entries(manifestsByFile(manifests.map(withPlaces))).map(([file, each]): [string, string] => [
    `templates/${file}`,
    `${MARK}${withActions(manifestsToYaml(each))}`,
  ]);
  return {
    "Chart.yaml": `${MARK}${stringify(chart)}`,
    "values.yaml": `${MARK}${valuesText(job, cronJob, container)}`,
    "values.schema.json": markedJson(valuesSchema(job)),
    ...Object.fromEntries(templates),
  };
}

function jobContainer({ jobTemplate }: CronJobSpec): Container {
  const found = jobTemplate.spec.template.spec.containers.find(({ name }) => name === CONTAINER_NAME);
  if (found === undefined) throw new RangeError(`The pod has no container "${CONTAINER_NAME}"`);
  return found;
}

function valuesText(
  { settings }: PreparedJob,
  { schedule, suspend }: CronJobSpec,
  { image, resources }: Container,
): string {
  const what = settings.bundledImage === undefined ? "Image with Node 24 or newer" : "The image that errand build made";
  return [
    `# ${what}.`,
    stringify({ image }),
    "# A cron expression of five fields.",
    stringify({ schedule }),
    "# If true, the job runs only when it is triggered.",
    stringify({ suspend }),
    "# Node's heap size follows the memory limit at the time of rendering; to change it, render again.",
    stringify({ resources }),
    "# Parameters of every run, such as { olderThan: 2d }. errand trigger -p overrides single ones.",
    stringify({ params: settings.params ?? {} }),
  ]
    .map((line) => line.trimEnd())
    .join("\n")
    .concat("\n");
}

/** Kubernetes quantities. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITIES = {
  type: "object",
  additionalProperties: {
    type: ["string", "number"],
    pattern: "^[0-9]+(\\.[0-9]*)?([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?$",
  },
};

/**
 * The schema that Helm validates values against in `lint`, `template`, `install` and `upgrade`. Parameters that runs of the schedule need are required; without a
 * schedule a person can give the rest.
 * https://helm.sh/docs/topics/charts/#schema-files
 */
function valuesSchema({ definition }: PreparedJob): object {
  const {
    required,
    $schema: _version,
    definitions,
    ...properties
  } = paramsJsonSchema(definition.params, "draft-07") ?? { type: "object" };
  const params = definition.schedule === undefined || required === undefined ? properties : { ...properties, required };
  // A reference to the whole schema would mean this one.
  const isMovable = !JSON.stringify([params, definitions]).includes('"$ref":"#"');
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      image: { type: "string", minLength: 1 },
      schedule: { type: "string", minLength: 1 },
      suspend: { type: "boolean" },
      resources: {
        type: "object",
        properties: { requests: QUANTITIES, limits: QUANTITIES, claims: { type: "array" } },
        additionalProperties: false,
      },
      params:
        definition.params === undefined
          ? { type: "object", maxProperties: 0 }
          : isMovable
            ? params
            : { type: "object" },
      // For charts that include this one.
      global: { type: "object" },
      enabled: { type: "boolean" },
    },
    ...(definitions === undefined ? {} : { definitions }),
    required: ["image", "schedule", "suspend", "resources", "params"],
    additionalProperties: false,
  };
}

function withPlaces(manifest: Manifest): Manifest {
  if (manifest.kind !== "CronJob") return manifest;
  const spec = manifest.spec as CronJobSpec;
  const containers = spec.jobTemplate.spec.template.spec.containers.map((container) =>
    container.name !== CONTAINER_NAME
      ? container
      : {
          ...container,
          image: PLACES.image[0],
          env: [
            ...(container.env as Variable[]).filter(({ name }) => name !== ENVIRONMENT.params),
            { name: ENVIRONMENT.params, value: PLACES.params[0] },
          ],
          resources: PLACES.resources[0],
        },
  );
  const own = { schedule: PLACES.schedule[0], suspend: PLACES.suspend[0] };
  const { jobTemplate } = spec;
  const { template } = jobTemplate.spec;
  const pod = { ...template, spec: { ...template.spec, containers } };
  return {
    ...manifest,
    spec: {
      ...(merge(spec, own) as object),
      jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template: pod } },
    },
  };
}

/** Escapes what looks like a template action in the job's own texts. */
function withActions(yaml: string): string {
  const literal = yaml.replaceAll("{{", '{{ "{{" }}');
  return Object.values(PLACES).reduce((text, [place, action]) => text.replaceAll(place, () => action), literal);
}
