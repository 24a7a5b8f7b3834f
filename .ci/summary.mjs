// Prints how many tests ran where, what failed, and the sum as the last line. Exits with 1 unless all of it passed.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedSteps] = process.argv.slice(2);
const suites = {
  embedded: "on the embedded cluster",
  browser: "in a browser",
  cluster: "on the real cluster",
  package: "on the packed package",
};

let passed = 0;
let failed = 0;
const complaints = failedSteps.map((step) => `step failed: ${step}`);

for (const [suite, where] of Object.entries(suites)) {
  const report = readReport(suite);
  // A suite that breaks, before its tests run or beside them, counts as one failure, so that it cannot pass by running nothing.
  const isBroken = report.passed === 0 || (report.failed === 0 && !report.isWhole);
  const wrong = report.failed + (isBroken ? 1 : 0);
  console.log(`${where}: ${report.passed} tests passed, ${wrong} failed or did not run`);
  if (isBroken) complaints.push(`the suite ${where} did not run to its end`);
  passed += report.passed;
  failed += wrong;
}

failed = Math.max(failed, complaints.length);
for (const complaint of complaints) console.log(complaint);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function readReport(suite) {
  try {
    return JSON.parse(readFileSync(join(folder, `${suite}.json`), "utf8"));
  } catch {
    return { passed: 0, failed: 0, isWhole: false };
  }
}
