import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { cached } from "./cache.ts";
import { writeOciArchive } from "./oci-archive.ts";

/** The pod sandbox's image, as the container runtime's configuration names it. */
export const PAUSE_IMAGE = "localhost/pause:1";

/** The images that the node gets. */
export interface Images {
  /** The directory of the OCI archives, every file of it one image. */
  readonly directory: string;
  /** What a pod says to get the Node image: `node:<version of the pinned package>-slim`. */
  readonly node: string;
}

/**
 * The node's images, from the cache when they were made before.
 *
 * The Node image takes the official image's place, under its name: the pinned `node` package's binary with the libraries
 * it is linked to. Like the official image it starts as root unless the pod says otherwise. It has no shell.
 *
 * @param binaries the directory from {@link buildBinaries}
 * @param tell receives a line when images have to be made
 * @returns where they are
 */
export async function buildImages(binaries: string, tell: (line: string) => void): Promise<Images> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("node/package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const binary = join(dirname(manifest), "bin", "node");
  const node = `node:${version}-slim`;
  // One version for one architecture is one binary; its size tells apart the architectures that share a cache.
  const { size } = await stat(binary);
  const recipes = ["images.ts", "oci-archive.ts"].map((file) => readFile(new URL(file, import.meta.url)));
  const inputs = [...(await Promise.all(recipes)), binaries, node, `${size}`];
  const directory = await cached("images", inputs, async (target) => {
    tell(`Making the images of ${node} and of the pod sandbox …`);
    const scratch = await mkdtemp(join(target, "roots-"));
    await writeNodeImage(binary, version, join(scratch, "node"), join(target, "node.tar"));
    await writePauseImage(join(binaries, "pause"), join(scratch, "pause"), join(target, "pause.tar"));
    await rm(scratch, { recursive: true });
  });
  return { directory, node };
}

async function writeNodeImage(binary: string, version: string, root: string, archive: string): Promise<void> {
  await mkdir(join(root, "tmp"), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  await place(binary, root, "/usr/local/bin/node");
  for (const library of await librariesOf(binary)) await place(library, root, library);
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc", "passwd"), "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
  await writeFile(join(root, "etc", "group"), "root:x:0:\nnode:x:1000:\n");
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const config = { Env: [`PATH=${path}`, `NODE_VERSION=${version}`], Cmd: ["node"] };
  await writeOciArchive({ name: `docker.io/library/node:${version}-slim`, root, config }, archive);
}

async function writePauseImage(binary: string, root: string, archive: string): Promise<void> {
  await place(binary, root, "/pause");
  await writeOciArchive({ name: PAUSE_IMAGE, root, config: { Entrypoint: ["/pause"] } }, archive);
}

/** Copies what a link points to, since the link's target need not exist in the image. */
async function place(file: string, root: string, path: string): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(file, target);
}

/** `ldd` prints `name => /path (address)`, and the loader as a bare path; the kernel's vdso has none. */
async function librariesOf(binary: string): Promise<readonly string[]> {
  const lines = await mustRun(["ldd", binary]);
  return [...lines.matchAll(/(?:^|\s)(\/\S+)/gm)].map(([, path]) => path ?? "").filter((path) => path !== "");
}
