import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { type Document, isAlias, parseDocument, visit } from "yaml";
import { isRecord } from "../../runtime/job/problem.ts";
import { type Sleep, sleep } from "../../runtime/kube/values/time.ts";
import { readKubeconfig } from "./files.ts";

/** The tokens that an OpenID Connect provider gave a user; `""` for a missing one. */
export interface OpenIdTokens {
  readonly idToken: string;
  readonly refreshToken: string;
}

/** How often to try for the kubeconfig's lock, and how long to wait between tries, in milliseconds: client-go holds it only for moments. */
const LOCK_TRIES = 10;
const LOCK_WAIT_MS = 100;

/** The tokens in an auth provider's `config`. */
export function tokensOf(config: unknown): OpenIdTokens {
  const { "id-token": idToken, "refresh-token": refreshToken } = isRecord(config) ? config : {};
  return { idToken: textOf(idToken), refreshToken: textOf(refreshToken) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The tokens that a user now has in a kubeconfig file; `undefined` if the file or the user cannot be read. */
export async function readTokens(file: string, user: string): Promise<OpenIdTokens | undefined> {
  try {
    const { users } = await readKubeconfig(file);
    const config = users.find(({ name }) => name === user)?.authProvider?.config;
    return config === undefined ? undefined : tokensOf(config);
  } catch {
    return undefined;
  }
}

/** The path to the configuration of a user's provider in a kubeconfig: the first entry of a name wins. */
function configPath(document: unknown, user: string): (string | number)[] | undefined {
  const users = at(document, "users");
  const index = Array.isArray(users) ? users.findIndex((entry) => at(entry, "name") === user) : -1;
  const path = ["users", index, "user", "auth-provider", "config"];
  return isRecord(path.reduce<unknown>(at, document)) ? path : undefined;
}

function at(value: unknown, key: string | number): unknown {
  return isRecord(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[key] : undefined;
}

/**
 * Writes a user's renewed tokens into the user's kubeconfig, and changes nothing else in it. The file is read again under the lock that client-go takes too,
 * and replaced atomically.
 *
 * @param isUsedUp true for a refresh token that these replace; any other was written by another program, and stays
 * @returns why they could not be written, without quoting a token; undefined if they were
 */
export async function keepTokens(
  file: string,
  user: string,
  tokens: OpenIdTokens,
  isUsedUp: (refreshToken: string) => boolean,
  wait: Sleep = sleep,
): Promise<string | undefined> {
  const lock = `${file}.lock`;
  try {
    if (!(await takeLock(lock, wait))) return `another program holds its lock ${lock}`;
    try {
      // A symbolic link stays one.
      const path = await realpath(file);
      const changed = changedText(await readFile(path, "utf8"), user, tokens, isUsedUp);
      if (typeof changed !== "string") return changed.problem;
      await replaceFile(path, changed);
      return undefined;
    } finally {
      await rm(lock, { force: true });
    }
  } catch (error) {
    // The system's own messages name the temporary file, which means nothing to a person.
    return (error as NodeJS.ErrnoException).code ?? "it cannot be changed";
  }
}

/** @returns false if another program does not release it */
async function takeLock(lock: string, wait: Sleep): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (tries === LOCK_TRIES) return false;
    await wait(LOCK_WAIT_MS);
  }
}

function changedText(
  text: string,
  user: string,
  tokens: OpenIdTokens,
  isUsedUp: (refreshToken: string) => boolean,
): string | { readonly problem: string } {
  const document = parseDocument(text);
  // The parser's errors and warnings quote the file.
  if (document.errors.length > 0) return { problem: "it is not YAML" };
  if (hasAliases(document)) return { problem: "it has YAML aliases, through which other entries would change too" };
  const content: unknown = document.toJS();
  const path = configPath(content, user);
  if (path === undefined) return { problem: "the user's auth-provider is gone" };
  if (!isUsedUp(tokensOf(path.reduce<unknown>(at, content)).refreshToken)) {
    return { problem: "another program has changed the user's refresh-token" };
  }
  document.setIn([...path, "id-token"], tokens.idToken);
  document.setIn([...path, "refresh-token"], tokens.refreshToken);
  // kubectl does not indent lists. A file in JSON, which is YAML too, must stay JSON when a key is added.
  const type = /^\s*\{/.test(text) ? "QUOTE_DOUBLE" : "PLAIN";
  return document.toString({
    lineWidth: 0,
    indentSeq: !/^- /m.test(text),
    defaultKeyType: type,
    defaultStringType: type,
  });
}

function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, (_key, node) => {
    found ||= isAlias(node);
    return found ? visit.BREAK : undefined;
  });
  return found;
}

/** Readers see either the old file or the new one; owner and mode stay. */
async function replaceFile(path: string, text: string): Promise<void> {
  const old = await stat(path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeAs(temporary, text, old);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAs(path: string, text: string, { mode, uid, gid }: Stats): Promise<void> {
  await using handle = await open(path, "wx", 0o600);
  await handle.writeFile(text);
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
  await handle.chmod(mode & 0o7777);
  await handle.sync();
}
