import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mayApplyText } from "../../../deploy/build/yaml-plugin.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-yaml-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["await kube.configmaps.apply(text)", true],
  ["await kube.configmaps.apply(`kind: ConfigMap`)", true],
  ["await kube.configmaps?.apply?.(text)", true],
  ["const { apply } = kube.configmaps", true],
  ['kube.configmaps["apply"](text)', true],
  ["await kube.configmaps.apply({ metadata })", false],
  ["await kube.configmaps.apply(\n  { ...object })", false],
  ["await kube.configmaps.patch(name, {}) // to apply what is new", false],
  ["function reapply() {}", false],
])("mayApplyText reads %j as what may give text: %s", (code, expected) => {
  const own = join(folder, "job.ts");
  const other = join(folder, "package.ts");
  writeFileSync(own, code);
  writeFileSync(other, "call.apply(self, all)");
  const input = { bytes: 1, imports: [] };
  const metafile = { inputs: { [own]: input, [other]: input }, outputs: {} };
  expect(mayApplyText(metafile, (path) => path !== other)).toBe(expected);
});
