import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../support/command.ts";

/** What an image holds and how it starts. */
export interface ImageContent {
  /** The full name, with registry and tag: `docker.io/library/node:26-slim`. */
  readonly name: string;
  /** The directory that becomes the image's root, owned by root in it. */
  readonly root: string;
  /** The part of the OCI configuration that says how a container starts: `Cmd`, `Entrypoint`, `Env`. */
  readonly config: Readonly<Record<string, readonly string[]>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * Writes an image of one layer as an OCI archive, which `ctr images import` reads. Neither a registry nor an image
 * builder is needed for that: an archive is a tar of JSON documents and layers named by their hash.
 *
 * The formats: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 *
 * @param content the image
 * @param archive the file to write
 */
export async function writeOciArchive(content: ImageContent, archive: string): Promise<void> {
  const layout = await mkdtemp(`${archive}.`);
  try {
    await mkdir(join(layout, "blobs", "sha256"), { recursive: true });
    const layer = await addLayer(layout, content.root);
    const config = await addJson(layout, "application/vnd.oci.image.config.v1+json", {
      os: "linux",
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      config: content.config,
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifestType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await addJson(layout, manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config,
      layers: [layer],
    });
    const annotations = { "io.containerd.image.name": content.name };
    await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await writeFile(
      join(layout, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
    );
    await tar(layout, archive);
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

async function addLayer(layout: string, root: string): Promise<Descriptor> {
  const unnamed = join(layout, "layer.tar");
  await tar(root, unnamed);
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(unnamed)) digest.update(chunk);
  const hex = digest.digest("hex");
  const { size } = await stat(unnamed);
  await rename(unnamed, join(layout, "blobs", "sha256", hex));
  // Not compressed: it is read once, from the disk it was written to.
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${hex}`, size };
}

async function addJson(layout: string, mediaType: string, document: unknown): Promise<Descriptor> {
  const text = JSON.stringify(document);
  const hex = createHash("sha256").update(text).digest("hex");
  await writeFile(join(layout, "blobs", "sha256", hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
}

async function tar(directory: string, file: string): Promise<void> {
  const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  await mustRun(["tar", ...reproducible, "--directory", directory, "--create", "--file", file, "."]);
}
