import { readdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { PAUSE_IMAGE } from "../build/images.ts";
import { CNI_PLUGINS } from "../build/requirements.ts";
import { until } from "../until.ts";
import { startComponent } from "./components.ts";
import { LAYOUT } from "./layout.ts";

/** containerd's default socket. */
export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

const CONFIGURATION = `
version = 3
# The one makes /opt/containerd on the machine, the other waits for plugins that nobody has.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${PAUSE_IMAGE}"
[plugins.'io.containerd.cri.v1.runtime']
  # A machine without CAP_SYS_RESOURCE lets nobody lower a score; every sandbox would fail to start.
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["${CNI_PLUGINS}"]
  conf_dir = "${LAYOUT.podNetwork}"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = false
`;

/**
 * Starts containerd and gives it the images.
 *
 * @param fail hears when it ends
 */
export async function startContainerRuntime(fail: (error: Error) => void): Promise<void> {
  const file = join(LAYOUT.config, "containerd.toml");
  await writeFile(file, CONFIGURATION);
  startComponent("containerd", ["--config", file], fail);
  await until("containerd listens", () => accepts(CONTAINERD_SOCKET));
  const archives = (await readdir(LAYOUT.images)).map((archive) => join(LAYOUT.images, archive));
  const ctr = join(LAYOUT.binaries, "ctr");
  await Promise.all(archives.map((archive) => mustRun([ctr, "--namespace", "k8s.io", "images", "import", archive])));
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
