import { findAlertProblems } from "../../runtime/job/alerts.ts";
import { findEnvProblems, findResourcesProblems, isCidr } from "../../runtime/job/pod-fields.ts";
import { type DefinitionProblem, problem } from "../../runtime/job/problem.ts";
import { closestWord } from "../../runtime/job/suggestion.ts";
import { findHubProblems } from "./channels.ts";
import { isImageName, isImageTemplate, isNodeVersion } from "./image.ts";
import { findNameProblems } from "./job-name.ts";
import { isMap } from "./merge.ts";
import { findMetadataProblems, findOwnFieldProblems, LABEL_VALUE } from "./own-fields.ts";

const TEXTS = ["namespace", "context", "image", "bundledImage", "queue"];
const IMAGES = [
  ["image", isImageName],
  ["bundledImage", isImageTemplate],
] as const;
const FIELDS = [
  ...TEXTS,
  "labels",
  "annotations",
  "resources",
  "env",
  "mesh",
  "apiServer",
  "pod",
  "nodeVersion",
  "external",
  "alerts",
  "hub",
  "jobs",
];

/** Finds all problems of a configuration. */
export function findConfigProblems(config: unknown): DefinitionProblem[] {
  if (!isMap(config)) return [problem("export default", "expected what defineConfig({ … }) returns")];
  const { environments, ...settings } = config;
  const found = findSettingsProblems(settings, "");
  if (environments === undefined) return found;
  if (!isMap(environments)) return [...found, problem("environments", "expected settings by name: { staging: { … } }")];
  return [
    ...found,
    ...Object.entries(environments).flatMap(([name, each]) => findSettingsProblems(each, `environments.${name}.`)),
  ];
}

function findSettingsProblems(settings: unknown, place: string): DefinitionProblem[] {
  if (!isMap(settings)) return [problem(place.slice(0, -1), "expected settings, such as { namespace: … }")];
  const { labels, annotations, mesh, apiServer, pod } = settings;
  const found: DefinitionProblem[] = Object.keys(settings).flatMap((field) => unknownField(field, place));
  for (const field of TEXTS) {
    const value = settings[field];
    if (value === undefined || (typeof value === "string" && value.trim() !== "")) continue;
    found.push(problem(`${place}${field}`, "expected a non-empty string"));
  }
  for (const [field, isRight] of IMAGES) {
    const value = settings[field];
    if (typeof value !== "string" || value.trim() === "" || isRight(value)) continue;
    found.push(problem(`${place}${field}`, `"${value}" is not a valid image name`));
  }
  if (settings.nodeVersion !== undefined && !isNodeVersion(settings.nodeVersion))
    found.push(problem(`${place}nodeVersion`, "expected a major version of Node, 24 or newer, such as 24"));
  found.push(...findExternalProblems(settings.external, place));
  if (mesh !== undefined && typeof mesh !== "boolean") found.push(problem(`${place}mesh`, "expected true or false"));
  if (apiServer !== undefined && !(Array.isArray(apiServer) && apiServer.length > 0 && apiServer.every(isCidr))) {
    found.push(problem(`${place}apiServer`, "expected a list of address ranges, such as [10.0.0.1/32]"));
  }
  return [
    ...found,
    ...findMetadataProblems(labels, `${place}labels`, LABEL_VALUE),
    ...findMetadataProblems(annotations, `${place}annotations`, /^/),
    ...findEnvProblems(settings.env, `${place}env`),
    ...findAlertProblems(settings.alerts, `${place}alerts`),
    ...findHubProblems(settings.hub, `${place}hub`),
    ...findJobsProblems(settings.jobs, `${place}jobs`),
    ...[...findResourcesProblems(settings.resources), ...findOwnFieldProblems(pod)].map(({ field, message }) =>
      problem(`${place}${field}`, message),
    ),
  ];
}

function findJobsProblems(jobs: unknown, place: string): DefinitionProblem[] {
  if (jobs === undefined) return [];
  const expected = 'expected settings by job name, such as { "pod-cleanup": { params: { olderThan: "2h" } } }';
  if (!isMap(jobs)) return [problem(place, expected)];
  return Object.entries(jobs).flatMap(([name, job]) => {
    const field = `${place}.${name}`;
    const [wrongName] = findNameProblems(name);
    if (wrongName !== undefined)
      return [problem(field, "is not a valid job name; use the file's name without its extension")];
    if (!isMap(job)) return [problem(field, expected)];
    const { params, alerts, ...others } = job;
    return [
      ...Object.keys(others).map((key) =>
        problem(`${field}.${key}`, "cannot be set for a single job; only params and alerts can"),
      ),
      ...(params === undefined || isMap(params) ? [] : [problem(`${field}.params`, "expected parameters by name")]),
      ...findAlertProblems(alerts, `${field}.alerts`),
    ];
  });
}

/** https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const PACKAGE_NAME = /^(?:@[\w.~-]+\/)?[\w.~-]+$/;

function findExternalProblems(external: unknown, place: string): DefinitionProblem[] {
  if (external === undefined) return [];
  if (place !== "")
    return [
      problem(`${place}external`, "package names are the same in all environments: set them outside of environments"),
    ];
  const isList =
    Array.isArray(external) && external.every((name) => typeof name === "string" && PACKAGE_NAME.test(name));
  return isList ? [] : [problem("external", 'expected package names, such as ["sharp"]')];
}

function unknownField(field: string, place: string): DefinitionProblem[] {
  if (FIELDS.includes(field)) return [];
  const closest = closestWord(field, [...FIELDS, "environments"]);
  const hint = closest === undefined ? "" : `; did you mean "${closest}"?`;
  return [problem(`${place}${field}`, `unknown setting${hint}`)];
}
