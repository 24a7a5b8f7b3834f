import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";

/** Folders whose files are used whoever owns them. Only the person's own shell can set it: nothing that lies in a folder can. */
export const SAFE_FOLDERS_VARIABLE = "ERRAND_SAFE_DIRECTORY";

const WRITABLE_BY_ALL = 0o002;
const ROOT = 0;

/** Who runs this process; tests put somebody else here. */
export interface Person {
  /** Absent on Windows, where files have no such owner. */
  readonly uid: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function thisPerson(): Person {
  return { uid: process.geteuid?.(), env: process.env };
}

/**
 * Says why a file that nobody named must not be run, as git does of a repository: it, or the folder that it lies in, belongs to somebody else, or everybody may write
 * it. A link counts as well as what it leads to. Folders further up need no look: whoever may write those can only put files there that are their own.
 * https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 *
 * @param file absolute path
 * @returns undefined for a file that may be used, and on Windows
 */
export function findDistrust(file: string, person: Person = thisPerson()): string | undefined {
  const { uid, env } = person;
  if (uid === undefined || isSafeFolder(dirname(file), env)) return undefined;
  const target = realpathSync(file);
  const places = [file, dirname(file), ...(target === file ? [] : [target, dirname(target)])];
  const owners = ownersOf(person);
  for (const place of new Set(places)) {
    const found = lstatSync(place);
    if (!owners.has(found.uid)) return `${place} belongs to ${ownerText(found)}`;
    // A link's own mode says nothing.
    if (!found.isSymbolicLink() && (found.mode & WRITABLE_BY_ALL) !== 0) return `anybody may write to ${place}`;
  }
  return undefined;
}

/**
 * Finds a file that came along with one that the person named, from a `node_modules` or a `tsconfig.json` further up, and is a stranger's: neither theirs, nor root's, nor the
 * named file's author's.
 *
 * @param files absolute paths
 */
export function findStrangersFile(
  named: string,
  files: readonly string[],
  person: Person = thisPerson(),
): string | undefined {
  if (person.uid === undefined) return undefined;
  const owners = new Set([...ownersOf(person), ROOT, statSync(named).uid]);
  return files.find((file) => !owners.has(ownerOf(file)) && !isSafeFolder(dirname(file), person.env));
}

/** Of a file within an archive, as Yarn keeps packages, it is the archive's owner. */
function ownerOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? ownerOf(dirname(path));
}

/** What lets a file be used all the same. */
export function safeFolderHint(file: string): string {
  const folder = dirname(file);
  return `If you trust everybody who can write there, set ${SAFE_FOLDERS_VARIABLE}=${folder} (several with "${delimiter}", "*" for all). Otherwise run errand elsewhere.`;
}

/** With sudo, root works for the person who called it, and in their folders, as git has it. */
function ownersOf({ uid = ROOT, env }: Person): Set<number> {
  const caller = uid === ROOT && /^\d+$/.test(env.SUDO_UID ?? "") ? Number(env.SUDO_UID) : uid;
  return new Set([uid, caller]);
}

function ownerText({ uid }: Stats): string {
  return uid === ROOT ? "root" : `another user (uid ${uid})`;
}

/** True for a folder that the variable names, and for every one below it. */
function isSafeFolder(folder: string, env: Person["env"]): boolean {
  const safe = (env[SAFE_FOLDERS_VARIABLE] ?? "").split(delimiter).filter((each) => each !== "");
  if (safe.includes("*")) return true;
  const real = realOf(folder) ?? folder;
  return safe.some((each) => {
    const top = realOf(resolve(each));
    return top !== undefined && (real === top || real.startsWith(top.endsWith("/") ? top : `${top}/`));
  });
}

function realOf(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}
