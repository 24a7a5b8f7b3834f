import { expect, test } from "vitest";
import { readOptions } from "./options.ts";
import { WORKS } from "./works.ts";

test("readOptions defaults to all works with their own numbers of runs", () => {
  expect(readOptions([])).toMatchObject({ works: WORKS, runs: undefined, json: undefined, kubeconfig: undefined });
});

test("readOptions keeps the reference subject if another one is chosen", () => {
  const { works } = readOptions(["--work", "cold-start", "--subject", "deno", "--runs", "3"]);
  expect(works.map(({ name, subjects }) => [name, subjects])).toEqual([["cold-start", ["bare-node", "deno"]]]);
});

test("readOptions measures another errand only if one is named", () => {
  const subjectsOf = (args: readonly string[]) => readOptions(["--work", "version", ...args]).works[0]?.subjects;
  expect(subjectsOf([])).toEqual(["errand"]);
  expect(subjectsOf(["--before", "/old"])).toEqual(["errand", "errand-before"]);
});

test.each([
  [["--work", "sleep"], 'There is no work "sleep"; there are: cold-start'],
  [["--subject", "perl"], 'There is no subject "perl"'],
  [["--runs", "0"], "--runs: expected a whole number"],
  [["--fast"], "Unknown option '--fast'"],
])("readOptions explains what is wrong with %j", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
