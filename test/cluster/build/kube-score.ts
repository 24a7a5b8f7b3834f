import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { cached } from "./cache.ts";
import { requireGo } from "./requirements.ts";

const KUBE_SCORE_VERSION = "v1.20.0";

/**
 * The policy linter kube-score, from the cache when it was built before (about two minutes otherwise).
 *
 * @param tell receives a line when it has to be built
 * @returns the path of the program
 */
export async function buildKubeScore(tell: (line: string) => void): Promise<string> {
  const directory = await cached("kube-score", [KUBE_SCORE_VERSION, process.arch], async (target) => {
    requireGo();
    tell(`Building kube-score ${KUBE_SCORE_VERSION}, once …`);
    const env = { GOBIN: target, CGO_ENABLED: "0", GOWORK: "off" };
    await mustRun(["go", "install", `github.com/zegl/kube-score/cmd/kube-score@${KUBE_SCORE_VERSION}`], { env });
  });
  return join(directory, "kube-score");
}
