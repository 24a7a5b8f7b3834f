// Prints how long each file of the real cluster's suite took, the longest first: its files run side by side, and the longest decide when it ends.
export default class FileTimes {
  onTestRunEnd(modules) {
    const times = modules
      .filter((module) => module.project.name === "cluster")
      .map((module) => ({ file: module.relativeModuleId, milliseconds: module.diagnostic().duration }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
    if (times.length < 2) return;
    const lines = times.map(({ file, milliseconds }) => `${(milliseconds / 1000).toFixed(1).padStart(7)} s  ${file}`);
    console.log(["\nTime by file:", ...lines].join("\n"));
  }
}
