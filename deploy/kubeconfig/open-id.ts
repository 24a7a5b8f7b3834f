import type { TokenSource } from "../../runtime/kube/config/cluster-config.ts";
import { style, talk } from "../terminal/talk.ts";
import type { UserEntry } from "./entries.ts";
import { keepTokens, type OpenIdTokens, readTokens, tokensOf } from "./keep-tokens.ts";
import { exchangeRefreshToken } from "./open-id-exchange.ts";

/** The fields of an OpenID Connect provider that client-go and errand use. */
const FIELDS = [
  "client-id",
  "client-secret",
  "id-token",
  "idp-certificate-authority",
  "idp-certificate-authority-data",
  "idp-issuer-url",
  "refresh-token",
];

/** A token is renewed this long before it expires, so that none expires during a request; client-go's value, in milliseconds. */
const LEEWAY_MS = 10_000;

/**
 * What this process exchanged each refresh token for. Many providers accept a refresh token only once, and if the new one cannot be written, the file
 * still has the old.
 */
const successors = new Map<string, OpenIdTokens>();
const renewals = new Map<string, Promise<OpenIdTokens>>();

/**
 * Says why a user's auth provider cannot be used: like kubectl, errand supports only `oidc`.
 * @returns undefined if there is none, or it can be used
 */
export function findOpenIdProblem(provider: UserEntry["authProvider"]): string | undefined {
  if (provider === undefined) return undefined;
  if (provider.name === "oidc") return undefined;
  return `auth-provider is ${JSON.stringify(provider.name)}, which kubectl and errand no longer support: use oidc, or exec for a program`;
}

/** Unused fields of a provider's configuration, such as `extra-scopes`, which client-go ignores too. */
export function unusedOpenIdFields({ authProvider }: UserEntry): string[] {
  return Object.keys(authProvider?.config ?? {}).filter((field) => !FIELDS.includes(field));
}

/**
 * Gives the id token of a user of an OpenID Connect provider: the kubeconfig's until it expires, then a renewed one. As in client-go, that is written back
 * to the kubeconfig: otherwise the next command, and kubectl, would send a refresh token that is no longer accepted.
 */
export function openIdToken(user: UserEntry): TokenSource {
  let tokens = tokensOf(user.authProvider?.config);
  let asking: Promise<string> | undefined;
  const ask = async (refresh: boolean): Promise<string> => {
    tokens = newest(tokens);
    if (refresh || !lasts(tokens.idToken)) {
      // Another program, such as kubectl, may have renewed them meanwhile.
      tokens = newest((await readTokens(user.file, user.name)) ?? tokens);
      if (!lasts(tokens.idToken)) tokens = await renewOnce(user, tokens);
    }
    return tokens.idToken;
  };
  return {
    get({ refresh = false } = {}) {
      asking ??= ask(refresh).finally(() => {
        asking = undefined;
      });
      return asking;
    },
  };
}

function newest(tokens: OpenIdTokens): OpenIdTokens {
  const next = successors.get(tokens.refreshToken);
  if (next === undefined || lasts(tokens.idToken)) return tokens;
  return next.refreshToken === tokens.refreshToken ? next : newest(next);
}

function renewOnce(user: UserEntry, tokens: OpenIdTokens): Promise<OpenIdTokens> {
  const key = tokens.refreshToken;
  const running = renewals.get(key) ?? renew(user, tokens).finally(() => renewals.delete(key));
  renewals.set(key, running);
  return running;
}

async function renew(user: UserEntry, { refreshToken }: OpenIdTokens): Promise<OpenIdTokens> {
  const { file } = user;
  const renewed = await exchangeRefreshToken({ ...user.authProvider?.config, "refresh-token": refreshToken });
  // A provider that returns an old token again must not cause a loop.
  if (renewed.refreshToken !== refreshToken) successors.delete(renewed.refreshToken);
  successors.set(refreshToken, renewed);
  const problem = await keepTokens(file, user.name, renewed, (token) => successors.has(token));
  if (problem !== undefined) {
    const warning = `The renewed token of user "${user.name}" could not be written to ${file}: ${problem}.`;
    talk(`${style.yellow("warning:")} ${warning} You may have to log in again for the next command or kubectl.`);
  }
  return renewed;
}

/** True for a JSON Web Token that has not expired. */
function lasts(token: string): boolean {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: number };
    return exp !== undefined && exp * 1_000 > Date.now() + LEEWAY_MS;
  } catch {
    return false;
  }
}
