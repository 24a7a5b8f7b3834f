import type { RequestOptions } from "node:https";
import type { Authenticator } from "@kubernetes/client-node/dist/auth.js";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { style } from "../output/style.ts";
import { talk } from "../output/talk.ts";
import { keepTokens, type OpenIdTokens, readTokens, tokensOf } from "./keep-tokens.ts";
import { exchangeRefreshToken } from "./open-id-exchange.ts";

type User = KubeConfig["users"][number];

/** Kubeconfig calls it oidc: under that name the library would take it. */
const NAME = "oidc of a file";
/** A token is renewed this long before it ends, so that no request meets its end; client-go's, in milliseconds. */
const LEEWAY_MS = 10_000;

/**
 * What this process has exchanged each refresh token for. Many providers take one only once: where the new ones cannot be written, the file still
 * has the old.
 */
const successors = new Map<string, OpenIdTokens>();
const renewals = new Map<string, Promise<OpenIdTokens>>();

/** Leaves a user with the auth provider `oidc` to {@link OpenIdAuthenticator}. @param file that the user stands in */
export function withOpenId(file: string): (user: User) => User {
  return (user) =>
    user.authProvider?.name === "oidc" ? { ...user, authProvider: { ...user.authProvider, name: NAME, file } } : user;
}

/**
 * Gives the id token of a user of an OpenID Connect provider: that of the kubeconfig while it lasts, then a renewed one, which is written back to the
 * kubeconfig, as client-go does: the next command, and kubectl, would otherwise have a refresh token that is no longer taken.
 */
export class OpenIdAuthenticator implements Authenticator {
  isAuthProvider(user: User): boolean {
    return user.authProvider?.name === NAME;
  }

  async applyAuthentication(user: User, options: RequestOptions): Promise<void> {
    options.headers = { ...options.headers, Authorization: `Bearer ${await idTokenOf(user)}` };
  }
}

async function idTokenOf(user: User): Promise<string> {
  const { file, config } = user.authProvider;
  let tokens = newest(tokensOf(config));
  if (!lasts(tokens.idToken)) {
    // Another program, such as kubectl, may have renewed them meanwhile.
    tokens = newest(readTokens(file, user.name) ?? tokens);
    if (!lasts(tokens.idToken)) tokens = await renewOnce(user, tokens);
    Object.assign(config, { "id-token": tokens.idToken, "refresh-token": tokens.refreshToken });
  }
  return tokens.idToken;
}

function newest(tokens: OpenIdTokens): OpenIdTokens {
  const next = successors.get(tokens.refreshToken);
  if (next === undefined || lasts(tokens.idToken)) return tokens;
  return next.refreshToken === tokens.refreshToken ? next : newest(next);
}

function renewOnce(user: User, tokens: OpenIdTokens): Promise<OpenIdTokens> {
  const key = tokens.refreshToken;
  const running = renewals.get(key) ?? renew(user, tokens).finally(() => renewals.delete(key));
  renewals.set(key, running);
  return running;
}

async function renew(user: User, { refreshToken }: OpenIdTokens): Promise<OpenIdTokens> {
  const { file, config } = user.authProvider;
  const renewed = await exchangeRefreshToken({ ...config, "refresh-token": refreshToken });
  // A provider that gives an old one again must not lead in a circle.
  if (renewed.refreshToken !== refreshToken) successors.delete(renewed.refreshToken);
  successors.set(refreshToken, renewed);
  const problem = await keepTokens(file, user.name, renewed, (token) => successors.has(token));
  if (problem !== undefined) {
    const warning = `The renewed token of user "${user.name}" could not be written to ${file}: ${problem}.`;
    talk(`${style.yellow("warning:")} ${warning} The next command, and kubectl, may have to log in again.`);
  }
  return renewed;
}

/** True for a JSON Web Token that has not ended. */
function lasts(token: string): boolean {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: number };
    return exp !== undefined && exp * 1_000 > Date.now() + LEEWAY_MS;
  } catch {
    return false;
  }
}
