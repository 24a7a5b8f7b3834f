// Writes how many tests of a suite passed and failed so far, after each file: what ran is known also where the suite itself is ended, or dies.
import { writeFileSync } from "node:fs";

export default class CountTests {
  #states = new Map();

  onTestModuleEnd(module) {
    this.#count(module);
    this.#write(false);
  }

  onTestRunEnd(modules, errors, reason) {
    for (const module of modules) this.#count(module);
    this.#write(reason === "passed" && errors.length === 0);
  }

  #count(module) {
    this.#states.set(
      module.id,
      [...module.children.allTests()].map((test) => test.result().state),
    );
  }

  #write(isWhole) {
    const states = [...this.#states.values()].flat();
    const passed = states.filter((state) => state === "passed").length;
    writeFileSync(process.env.ERRAND_TEST_REPORT, JSON.stringify({ passed, failed: states.length - passed, isWhole }));
  }
}
