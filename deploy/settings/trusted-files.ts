import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";

/** Names folders whose files are used whoever owns them. Only the person's own environment can set it, no file. */
export const SAFE_FOLDERS_VARIABLE = "ERRAND_SAFE_DIRECTORY";

const WRITABLE_BY_ALL = 0o002;
const ROOT = 0;

/** Who runs this process; tests pass somebody else. */
export interface Person {
  /** Undefined on Windows, where files have no such owner. */
  readonly uid: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function thisPerson(): Person {
  return { uid: process.geteuid?.(), env: process.env };
}

/**
 * Says why a file that nobody named must not be run, by git's rule for repositories: the file or its folder belongs to somebody else, or everybody can write to it.
 * For a link, both the link and its target are checked. Folders further up are not: whoever can write to those can only add files of their own.
 * https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 *
 * @param file absolute path
 * @returns undefined for a file that may be run, and on Windows
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
    // A link's own mode means nothing.
    if (!found.isSymbolicLink() && (found.mode & WRITABLE_BY_ALL) !== 0) return `anybody can write to ${place}`;
  }
  return undefined;
}

/**
 * Finds a file that a named file pulled in, such as a package or a `tsconfig.json` further up, and that belongs to a stranger: not to this person, root or the owner
 * of the named file.
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

/** The owner of a file inside an archive, as Yarn stores packages, is the archive's. */
function ownerOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? ownerOf(dirname(path));
}

/** How to use a file nevertheless. */
export function safeFolderHint(file: string): string {
  const folder = dirname(file);
  return `If you trust everybody who can write there, set ${SAFE_FOLDERS_VARIABLE}=${folder} (separate several with "${delimiter}"; "*" means all). Otherwise run errand elsewhere.`;
}

/** With sudo, root works for the person who called it, in their folders; git does the same. */
function ownersOf({ uid = ROOT, env }: Person): Set<number> {
  const caller = uid === ROOT && /^\d+$/.test(env.SUDO_UID ?? "") ? Number(env.SUDO_UID) : uid;
  return new Set([uid, caller]);
}

function ownerText({ uid }: Stats): string {
  return uid === ROOT ? "root" : `another user (uid ${uid})`;
}

/** True for a folder that the variable names, and for those below it. */
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
