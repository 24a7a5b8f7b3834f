import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { renderManifests } from "../../../../deploy/manifests/render.ts";
import type { PreparedJob } from "../../../../deploy/project/prepare.ts";
import { helmChart } from "../../../../deploy/release/rendering/helm-chart.ts";
import { manifestFiles, writeFiles } from "../../../../deploy/release/rendering/manifest-files.ts";
import { settingsOfJob } from "../../../../deploy/settings/resolve-settings.ts";
import type { JobSettings } from "../../../../runtime/job/definition.ts";
import { project } from "../../../support/project.ts";
import { renderInput } from "../../manifests/render-input.ts";

const definition: JobSettings = {
  description: "Says {{ nothing }}",
  schedule: "*/5 * * * *",
  access: { pods: ["list"] },
  scope: { namespaces: ["team-b"] },
};
const input = renderInput("sweep", definition);

describe("manifestFiles", () => {
  it("gives a file for each kind, and a kustomization that lists them in order", () => {
    const files = manifestFiles(renderManifests(input));
    const order = ["serviceaccount.yaml", "role.yaml", "rolebinding.yaml", "configmap.yaml", "cronjob.yaml"];
    expect(Object.keys(files)).toEqual([...order, "kustomization.yaml"]);
    expect(parse(files["kustomization.yaml"] ?? "")).toMatchObject({ kind: "Kustomization", resources: order });
    expect(parseAllDocuments(files["role.yaml"] ?? "")).toHaveLength(2);
  });
});

/** What Helm would put in the places of a chart; Helm itself does so in the tests on the real cluster. */
function filledIn(template: string, values: Readonly<Record<string, unknown>>): string {
  return template
    .replaceAll("{{ .Release.Namespace }}", "team-x")
    .replaceAll('{{ "{{" }}', "{{")
    .replaceAll(/\{\{ \.Values\.(\w+) .*?\}\}/g, (_action, name: string) => JSON.stringify(values[name]));
}

/** Helm applies by kind, whatever the files' order. */
function sorted(objects: readonly object[]): object[] {
  return objects.toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right)));
}

describe("helmChart", () => {
  const job = { ...input, file: "", bundle: { ...input.bundle }, settings: settingsOfJob(definition), origins: [] };
  const files = helmChart(job as unknown as PreparedJob);

  it("renders the same manifests with its default values", () => {
    const { params: _params, ...values } = parse(files["values.yaml"] ?? "") as Record<string, unknown>;
    const templates = Object.entries(files).filter(([path]) => path.startsWith("templates/"));
    const made = templates.flatMap(([, text]) =>
      parseAllDocuments(filledIn(text, { ...values, params: "{}" })).map((document) => document.toJS() as object),
    );
    const expected = renderManifests({ ...input, namespace: "team-x" });
    const text = JSON.stringify(made).replace(',{"name":"ERRAND_PARAMS","value":"{}"}', "");
    expect(sorted(JSON.parse(text))).toEqual(sorted(JSON.parse(JSON.stringify(expected))));
  });

  it("has the five values that differ between installations, and a version that Helm accepts", () => {
    expect(Object.keys(parse(files["values.yaml"] ?? "") as object)).toEqual([
      "image",
      "schedule",
      "suspend",
      "resources",
      "params",
    ]);
    expect(parse(files["Chart.yaml"] ?? "")).toMatchObject({ version: "0.0.0-r0123456789", appVersion: "0123456789" });
  });

  it("has a schema of its values, with the job's parameters, that Helm 3 and 4 can read", () => {
    const schema = JSON.parse(files["values.schema.json"] ?? "");
    expect(schema).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#", additionalProperties: false });
    expect(Object.keys(schema.properties)).toEqual([...schema.required, "global", "enabled"]);
    expect(schema.properties.params).toMatchObject({ type: "object" });
    expect(schema.properties.params).not.toHaveProperty("required");
  });

  it("escapes what looks like a template action in the job's own texts", () => {
    expect(files["templates/cronjob.yaml"]).toContain('Says {{ "{{" }} nothing }}');
  });
});

describe("writeFiles", () => {
  let folder: string;
  beforeEach(() => {
    folder = project();
  });
  const files = manifestFiles(renderManifests(input));

  it("removes files of an earlier rendering that this one no longer has", () => {
    writeFiles(folder, files);
    writeFiles(folder, manifestFiles(renderManifests(renderInput("sweep", { access: {} }))));
    expect(existsSync(join(folder, "role.yaml"))).toBe(false);
    expect(existsSync(join(folder, "cronjob.yaml"))).toBe(true);
  });

  it("writes nothing when the folder has somebody else's file", () => {
    writeFileSync(join(folder, "cronjob.yaml"), "mine");
    expect(() => writeFiles(folder, files)).toThrow(/contains cronjob\.yaml, which errand did not write/);
    expect(readFileSync(join(folder, "cronjob.yaml"), "utf8")).toBe("mine");
    expect(existsSync(join(folder, "role.yaml"))).toBe(false);
  });
});
