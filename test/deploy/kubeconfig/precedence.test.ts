import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadTarget, type TargetFlags } from "../../../deploy/kubeconfig/target.ts";
import { withConfiguredTarget } from "../../../deploy/project/load-config.ts";
import { CA } from "../../runtime/kube/server/certificates.ts";
import { project } from "../../support/project.ts";

let folder: string;

beforeEach(() => {
  folder = project();
  vi.stubEnv("HOME", folder);
  for (const name of ["KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]) vi.stubEnv(name, "");
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "POD_NAMESPACE"]) vi.stubEnv(name, "");
  vi.spyOn(process, "cwd").mockReturnValue(folder);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A kubeconfig whose only context, cluster and user have this name. */
function kubeconfig(name: string, path = join(folder, name)): string {
  const config = {
    clusters: [{ name, cluster: { server: `https://${name}.test` } }],
    users: [{ name, user: { token: "secret" } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function homeKubeconfig(): void {
  mkdirSync(join(folder, ".kube"));
  kubeconfig("home", join(folder, ".kube", "config"));
}

/** Makes this process look as if it ran in a pod. */
function enterPod({ hasToken = true } = {}): void {
  vi.stubEnv("KUBERNETES_SERVICE_HOST", "10.96.0.1");
  vi.stubEnv("KUBERNETES_SERVICE_PORT", "443");
  if (!hasToken) return;
  mkdirSync(join(folder, "account"));
  writeFileSync(join(folder, "account", "token"), "pod-token\n");
  writeFileSync(join(folder, "account", "ca.crt"), CA);
}

const options = () => ({ serviceAccountFolder: join(folder, "account") });

/** Which context a command would be about. */
async function contextOf(flags: TargetFlags = {}): Promise<string> {
  return (await loadTarget(await withConfiguredTarget(flags), options())).context;
}

describe("loadTarget", () => {
  it("prefers --kubeconfig to KUBECONFIG, that to the pod's own cluster, and that to ~/.kube/config [A12]", async () => {
    homeKubeconfig();
    expect(await contextOf()).toBe("home");
    enterPod();
    expect(await contextOf()).toBe("in-cluster");
    vi.stubEnv("KUBECONFIG", kubeconfig("variable"));
    expect(await contextOf()).toBe("variable");
    expect(await contextOf({ kubeconfig: kubeconfig("flag") })).toBe("flag");
  });

  it("uses the kubeconfig, not the pod's own cluster, when --context or errand.config.ts names a context [A12]", async () => {
    homeKubeconfig();
    enterPod();
    expect(await contextOf({ context: "home" })).toBe("home");
    const environments = '{ test: { namespace: "shop" }, production: { context: "home" } }';
    writeFileSync(join(folder, "errand.config.ts"), `export default { environments: ${environments} };`);
    expect(await contextOf({ env: "production" })).toBe("home");
    expect(await contextOf({ env: "test" })).toBe("in-cluster");
  });

  it("says that there is no kubeconfig when a context is named in a pod without one [A12]", async () => {
    enterPod();
    const message = `No kubeconfig with context "prod": there is no ${join(folder, ".kube", "config")}`;
    await expect(loadTarget({ context: "prod" }, options())).rejects.toThrow(message);
  });

  it("uses ~/.kube/config when the pod has no token, and says what the pod lacks without a kubeconfig [A12]", async () => {
    enterPod({ hasToken: false });
    await expect(loadTarget({}, options())).rejects.toMatchObject({ reason: "NotInCluster" });
    homeKubeconfig();
    expect(await contextOf()).toBe("home");
  });

  it.each(["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"])(
    "takes ~/.kube/config when there is a token, but %s is empty [A12]",
    async (variable) => {
      homeKubeconfig();
      enterPod();
      vi.stubEnv(variable, "");
      expect(await contextOf()).toBe("home");
    },
  );

  it("acts as the pod's service account, in its namespace or that of -n, when it runs in a pod [A12]", async () => {
    enterPod();
    writeFileSync(join(folder, "account", "namespace"), "shop");
    const { config } = await loadTarget({}, options());
    expect(config).toMatchObject({ server: "https://10.96.0.1:443", namespace: "shop", ca: CA });
    expect(await config.token?.get()).toBe("pod-token");
    expect((await loadTarget({ namespace: "ops" }, options())).config.namespace).toBe("ops");
  });

  it("names the file it looked for, and guesses no server, when there is no kubeconfig [A12]", async () => {
    await expect(loadTarget({})).rejects.toThrow(`No kubeconfig: there is no ${join(folder, ".kube", "config")}`);
    await expect(loadTarget({ kubeconfig: "/missing" })).rejects.toThrow("There is no kubeconfig file /missing");
    vi.stubEnv("KUBECONFIG", "/missing");
    await expect(loadTarget({})).rejects.toThrow("KUBECONFIG names /missing, which does not exist");
  });
});
