import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { cached } from "./cache.ts";
import { requireGo } from "./requirements.ts";

const HELM_VERSION = "v3.19.0";

/**
 * Helm, from the cache when it was built before (about two minutes otherwise).
 *
 * @param tell receives a line when it has to be built
 * @returns the path of the program
 */
export async function buildHelm(tell: (line: string) => void): Promise<string> {
  const directory = await cached("helm", [HELM_VERSION, process.arch], async (target) => {
    requireGo();
    tell(`Building Helm ${HELM_VERSION}, once …`);
    const env = { GOBIN: target, CGO_ENABLED: "0", GOWORK: "off" };
    await mustRun(["go", "install", `helm.sh/helm/v3/cmd/helm@${HELM_VERSION}`], { env });
  });
  return join(directory, "helm");
}
