import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The CNI plugins' directory in Debian's package. */
export const CNI_PLUGINS = "/usr/lib/cni";

/** Programs of the machine that the cluster runs on, by the Debian package that has them. */
const DEBIAN_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  runc: ["runc"],
  iproute2: ["ip"],
  openssl: ["openssl"],
  "util-linux": ["unshare", "flock", "mount"],
  "containernetworking-plugins": ["bridge", "host-local", "loopback"].map((plugin) => join(CNI_PLUGINS, plugin)),
};

/**
 * Checks that this machine can run the cluster.
 *
 * @throws with what is missing and the command that installs it
 */
export function requireMachine(): void {
  if (process.platform !== "linux") {
    throw new Error(`The real cluster runs on Linux only, and this is ${process.platform}. Run it in a Linux machine.`);
  }
  if (process.getuid?.() !== 0) {
    throw new Error("The real cluster needs root: it makes namespaces, mounts and cgroups. Run it as root.");
  }
  const missing = Object.entries(DEBIAN_PACKAGES)
    .filter(([, programs]) => !programs.every(isInstalled))
    .map(([name]) => name);
  if (missing.length > 0) {
    throw new Error(
      `The real cluster needs programs that this machine lacks. Install them: apt-get install --yes ${missing.join(" ")}`,
    );
  }
}

/**
 * Checks that the binaries can be built; only asked when the cache does not have them.
 *
 * @throws with where to get Go
 */
export function requireGo(): void {
  if (isInstalled("go")) return;
  throw new Error("Building the real cluster needs Go 1.26 or newer on PATH: https://go.dev/doc/install");
}

/** sbin is searched as well: a root shell made by `su` does not always have it on PATH. */
function isInstalled(program: string): boolean {
  const directories = program.startsWith("/")
    ? [""]
    : [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
