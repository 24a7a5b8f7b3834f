import {
  chmodSync,
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, sep } from "node:path";
import { CommandError } from "../terminal/command-error.ts";

/** The files in an executable, for programs that need files: esbuild, and what it reads. */
export interface CarriedFiles {
  /** The name of the folder to unpack into, different for every version. */
  readonly name: string;
  /** By path from that folder, with slashes. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Paths of those that are programs. */
  readonly programs: ReadonlySet<string>;
}

const STAGE_PREFIX = ".unpacking-";
/** A process that began to unpack this long ago, in milliseconds, must have been killed. */
const STAGE_AGE_MS = 3_600_000;
const ATTEMPTS = 3;

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const PRIVATE_PROGRAM = 0o700;

/** The user's cache folder. https://specifications.freedesktop.org/basedir/latest/ */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME: own = "" } = env;
  return join(isAbsolute(own) ? own : join(homedir(), ".cache"), "errand");
}

/**
 * Ensures that a folder contains exactly these files. Each one is compared with the executable's every time: whatever is missing, incomplete, altered or added is
 * repaired before anything is used. Any number of processes may do this at once.
 *
 * @param cache the folder with a subfolder for each version
 * @returns the folder of these files
 * @throws {CommandError} where the cache cannot be written, or is not this user's
 */
export function unpack(files: CarriedFiles, cache: string = cacheFolder()): string {
  const folder = join(cache, files.name);
  for (let attempt = 1; ; attempt += 1) {
    try {
      mkdirSync(cache, { recursive: true, mode: PRIVATE_FOLDER });
      keepPrivate(cache);
      const found = compare(files, folder);
      if (found.wrong.length > 0 || found.surplus.length > 0) putRight(files, found, folder, cache);
      return folder;
    } catch (error) {
      // Another process may remove surplus files while this one reads them.
      if ((error as NodeJS.ErrnoException).code === "ENOENT" && attempt < ATTEMPTS) continue;
      throw explain(error, folder);
    }
  }
}

function putRight(files: CarriedFiles, found: Comparison, folder: string, cache: string): void {
  removeStale(cache);
  const stage = mkdtempSync(join(cache, STAGE_PREFIX));
  try {
    for (const path of found.wrong) write(files, path, stage);
    if (found.isNew && renamed(stage, folder)) return;
    // Another process was faster, or something needs repair. Files are renamed one by one, since others may be reading: no file is ever incomplete.
    const { wrong, surplus } = found.isNew ? compare(files, folder) : found;
    for (const path of surplus) rmSync(join(folder, path), { recursive: true, force: true });
    for (const path of wrong) {
      mkdirSync(dirname(join(folder, path)), { recursive: true, mode: PRIVATE_FOLDER });
      renameSync(join(stage, path), join(folder, path));
    }
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

interface Comparison {
  /** Files that are missing or differ. */
  readonly wrong: readonly string[];
  /** Files that do not belong there. */
  readonly surplus: readonly string[];
  readonly isNew: boolean;
}

function compare(files: CarriedFiles, folder: string): Comparison {
  const wrong = new Set(files.contents.keys());
  const isFolder = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) return { wrong: [...wrong], surplus: [], isNew: true };
  if (!isFolder) return { wrong: [...wrong], surplus: ["."], isNew: false };
  keepPrivate(folder);
  const folders = new Set([...wrong].flatMap(foldersOf));
  const surplus: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}${sep}${entry.name}`.slice(folder.length + 1).replaceAll(sep, "/");
    if (entry.isDirectory() && folders.has(path)) continue;
    if (!entry.isFile() || !wrong.has(path)) surplus.push(path);
    else if (isRight(files, path, join(folder, path))) wrong.delete(path);
  }
  return { wrong: [...wrong], surplus, isNew: false };
}

/** `a` and `a/b` for `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
}

function isRight(files: CarriedFiles, path: string, place: string): boolean {
  const carried = files.contents.get(path) ?? new Uint8Array();
  const file = openSync(place, "r");
  try {
    const { size, mode } = fstatSync(file);
    if (size !== carried.length) return false;
    if (files.programs.has(path) && (mode & PRIVATE_PROGRAM) !== PRIVATE_PROGRAM) return false;
    // Twice as fast as readFileSync, which matters for hundreds of files.
    const found = Buffer.allocUnsafe(size);
    return readSync(file, found) === size && found.equals(carried);
  } finally {
    closeSync(file);
  }
}

function write(files: CarriedFiles, path: string, stage: string): void {
  const place = join(stage, path);
  mkdirSync(dirname(place), { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(place, files.contents.get(path) ?? "", {
    mode: files.programs.has(path) ? PRIVATE_PROGRAM : PRIVATE_FILE,
  });
}

/** @returns false where another process has renamed its own there meanwhile */
function renamed(stage: string, folder: string): boolean {
  try {
    renameSync(stage, folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}

/** Comparing is useless if others can alter files between the comparison and their use. */
function keepPrivate(folder: string): void {
  const { uid, mode } = statSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new CommandError(`${folder} belongs to another user, and errand has to run programs from there`, {
      hint: "Set XDG_CACHE_HOME to a folder of your own.",
    });
  }
  if ((mode & 0o777) !== PRIVATE_FOLDER) chmodSync(folder, PRIVATE_FOLDER);
}

function removeStale(cache: string): void {
  for (const name of readdirSync(cache).filter((each) => each.startsWith(STAGE_PREFIX))) {
    const { mtimeMs } = statSync(join(cache, name), { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > STAGE_AGE_MS) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function explain(error: unknown, folder: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return new CommandError(`errand cannot unpack its bundler into ${folder}: ${message}`, {
    hint: "Set XDG_CACHE_HOME to a folder that you may write to.",
    cause: error,
  });
}
