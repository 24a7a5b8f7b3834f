import { json, type ScriptedServer, startScriptedServer } from "../../runtime/kube/server/scripted-server.ts";

/** An OpenID Connect provider that takes each refresh token once, and gives another with each id token. */
export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly requests: ScriptedServer["requests"];
  /** What the token endpoint was sent, in its order. */
  readonly exchanged: readonly URLSearchParams[];
  /** The refresh token that is taken next. */
  readonly refreshToken: string;
}

export interface ProviderOptions {
  /** Of the answer to `/.well-known/openid-configuration`. */
  readonly metadata?: object;
  /** Seconds that an id token lasts. */
  readonly lasts?: number;
  /** Host of its issuer. Default: 127.0.0.1. */
  readonly host?: string;
  /** Certificate and key in PEM. Default: for loopback, signed by the tests' CA. */
  readonly identity?: string;
  /** Changes what the token endpoint gives. */
  readonly give?: (answer: Readonly<Record<string, string>>) => object;
}

let providers = 0;

/** Starts one, over TLS on loopback. */
export async function startOpenIdProvider({
  metadata = {},
  lasts = 3_600,
  host = "127.0.0.1",
  identity,
  give = (answer) => answer,
}: ProviderOptions = {}): Promise<OpenIdProvider> {
  const server = await startScriptedServer(identity === undefined ? {} : { identity });
  const issuer = `https://${host}:${server.port}`;
  const exchanged: URLSearchParams[] = [];
  providers += 1;
  const name = `provider-${providers}`;
  let round = 0;
  server.otherwise((response, request, socket) => {
    if (request.target === "/.well-known/openid-configuration") {
      return json(200, { issuer, token_endpoint: `${issuer}/token`, ...metadata })(response, request, socket);
    }
    const sent = new URLSearchParams(request.body);
    exchanged.push(sent);
    if (sent.get("refresh_token") !== `${name}-${round}`) {
      return json(400, { error: "invalid_grant", error_description: request.body })(response, request, socket);
    }
    round += 1;
    const answer = { access_token: "unused", id_token: idToken(lasts, round), refresh_token: `${name}-${round}` };
    return json(200, give(answer))(response, request, socket);
  });
  return {
    issuer,
    requests: server.requests,
    exchanged,
    get refreshToken() {
      return `${name}-${round}`;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** An unsigned JSON Web Token. @param seconds that it lasts from now on */
export function idToken(seconds: number, round = 0): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp: Math.floor(Date.now() / 1_000) + seconds, round })}.x`;
}
