import { expect, test } from "vitest";
import { retryAfterSeconds } from "../../../../runtime/kube/pipeline/answers.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

test.each([
  ["0", 0],
  ["1", 1],
  [" 7 ", 7],
  ["3600", 60],
  ["Thu, 01 Jan 2026 12:00:05 GMT", 5],
  ["Thu, 01 Jan 2026 13:00:00 GMT", 60],
  ["Thu, 01 Jan 2026 11:00:00 GMT", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("retryAfterSeconds reads %j as %j [D9]", (text, expected) => {
  expect(retryAfterSeconds(text, () => NOW)).toBe(expected);
});
