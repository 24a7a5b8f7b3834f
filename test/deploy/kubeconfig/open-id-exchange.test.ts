import dns from "node:dns";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exchangeRefreshToken } from "../../../deploy/kubeconfig/open-id-exchange.ts";
import {
  CA,
  CHAINED,
  INTERMEDIATE_CA,
  NAMED,
  OTHER_CA,
  RENEWED,
  RENEWED_CA,
} from "../../runtime/kube/server/certificates.ts";
import { startProxy } from "../../runtime/kube/server/proxy-server.ts";
import { startScriptedServer } from "../../runtime/kube/server/scripted-server.ts";
import { project } from "../../support/project.ts";
import { type OpenIdProvider, startOpenIdProvider } from "./open-id-provider.ts";

/** A name that the environment's proxy is asked for, unlike those of loopback. */
const NAME = "api.example.test";
const ofName = { host: NAME, identity: NAMED };

beforeEach(() => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]) vi.stubEnv(name, "");
  // Every name leads to loopback, and none to a resolver.
  const lookup = (_host: string, ...given: unknown[]): void => {
    const done = given.at(-1) as (...found: unknown[]) => void;
    const { all } = (given.length > 1 ? given[0] : {}) as dns.LookupOptions;
    const found = all ? [[{ address: "127.0.0.1", family: 4 }]] : ["127.0.0.1", 4];
    done(null, ...found);
  };
  vi.spyOn(dns, "lookup").mockImplementation(lookup as unknown as typeof dns.lookup);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const inBase64 = (text: string) => Buffer.from(text).toString("base64");

/** The configuration of an auth provider, as a kubeconfig has it. */
function configOf({ issuer, refreshToken }: Pick<OpenIdProvider, "issuer" | "refreshToken">, more: object = {}) {
  return {
    "client-id": "errand",
    "client-secret": "hidden-secret",
    "idp-certificate-authority-data": inBase64(CA),
    "idp-issuer-url": issuer,
    "refresh-token": refreshToken,
    ...more,
  };
}

describe("the exchange of a refresh token", () => {
  it("goes through a tunnel of HTTPS_PROXY, which gets its own credentials and sees none of the provider's", async () => {
    await using provider = await startOpenIdProvider(ofName);
    await using proxy = await startProxy();
    vi.stubEnv("HTTPS_PROXY", `http://me:p%40ss@127.0.0.1:${proxy.port}`);
    const { refreshToken } = await exchangeRefreshToken(configOf(provider));
    expect(refreshToken).toBe(provider.refreshToken);
    const { host } = new URL(provider.issuer);
    // One tunnel for each request.
    expect(proxy.asked).toHaveLength(2);
    for (const asked of proxy.asked) {
      expect(asked).toMatch(new RegExp(`^CONNECT ${host} HTTP/1.1\r\n`));
      expect(asked).toContain(`roxy-authorization: Basic ${inBase64("me:p@ss")}\r\n`);
    }
    expect(provider.requests.map(({ headers }) => headers["proxy-authorization"])).toEqual([undefined, undefined]);
    await proxy.idle();
  });

  it.each([
    ["NO_PROXY names the provider", NAME, ofName],
    ["NO_PROXY names a domain above it", "other.test,.example.test", ofName],
    ["it is on loopback", "", {}],
  ])("goes to the provider directly when %s", async (_why, excluded, where) => {
    await using provider = await startOpenIdProvider(where);
    await using proxy = await startProxy();
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv("NO_PROXY", excluded);
    await exchangeRefreshToken(configOf(provider));
    expect([proxy.asked.length, provider.exchanged.length]).toEqual([0, 1]);
  });

  it.each([
    ["answers 407", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407"],
    ["closes the connection", "", "closed"],
  ])("sends nothing, and names the proxy without its credentials, when the proxy %s", async (_what, said, problem) => {
    await using provider = await startOpenIdProvider(ofName);
    await using proxy = await startProxy({ answer: [said], ...(said === "" ? { thenEnds: true } : {}) });
    vi.stubEnv("HTTPS_PROXY", `http://me:canary@127.0.0.1:${proxy.port}`);
    const error = await exchangeRefreshToken(configOf(provider)).catch((thrown: unknown) => thrown);
    const through = `does not answer through the proxy http://127.0.0.1:${proxy.port}: `;
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`^${NAME}:\\d+ ${through}.*${problem}`)),
    });
    const shown = inspect(error, { depth: 10, showHidden: true });
    for (const secret of ["canary", "hidden-secret", provider.refreshToken]) expect(shown).not.toContain(secret);
    expect(provider.requests).toEqual([]);
  });

  it.each(["socks5://me:canary@127.0.0.1:1", "http://[canary"])(
    "is not sent when HTTPS_PROXY is %s",
    async (address) => {
      vi.stubEnv("HTTPS_PROXY", address);
      const asked = exchangeRefreshToken(configOf({ issuer: `https://${NAME}`, refreshToken: "x" }));
      const message = `HTTPS_PROXY, through which ${NAME} is asked, is not the URL of an http or https proxy`;
      await expect(asked).rejects.toMatchObject({ message });
    },
  );

  it.each([
    ["a root", RENEWED, RENEWED_CA],
    ["one that another authority signed", CHAINED, INTERMEDIATE_CA],
  ])("trusts the provider's own authority in a file when that is %s", async (_what, identity, authority) => {
    await using provider = await startOpenIdProvider({ identity });
    const file = join(project(), "ca.pem");
    writeFileSync(file, authority);
    const own = { "idp-certificate-authority-data": "", "idp-certificate-authority": file };
    await exchangeRefreshToken(configOf(provider, own));
    expect(provider.exchanged).toHaveLength(1);
  });

  it.each(["directly", "through a proxy"])(
    "is not sent %s when another authority signed the provider's certificate",
    async (way) => {
      await using provider = await startOpenIdProvider(ofName);
      await using proxy = await startProxy();
      if (way !== "directly") vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
      vi.spyOn(process, "emitWarning").mockImplementation(() => {});
      const asked = exchangeRefreshToken(configOf(provider, { "idp-certificate-authority-data": inBase64(OTHER_CA) }));
      await expect(asked).rejects.toThrow(/^api\.example\.test:\d+ does not answer.*: .*(certificate|issuer)/);
      expect(proxy.asked).toHaveLength(way === "directly" ? 0 : 1);
      expect(provider.requests).toEqual([]);
    },
  );

  it("sends nothing when the provider's certificate is for another name", async () => {
    await using provider = await startOpenIdProvider({ host: NAME });
    const asked = exchangeRefreshToken(configOf(provider));
    await expect(asked).rejects.toThrow(/does not answer: .*altnames/);
    expect(provider.requests).toEqual([]);
  });

  it("follows no redirect of the provider", async () => {
    await using other = await startOpenIdProvider();
    await using server = await startScriptedServer();
    server.otherwise((response) => void response.writeHead(307, { location: `${other.issuer}/x` }).end());
    const asked = exchangeRefreshToken(configOf({ issuer: `https://127.0.0.1:${server.port}`, refreshToken: "x" }));
    await expect(asked).rejects.toThrow(/^127\.0\.0\.1:\d+ answered 307$/);
    expect(other.requests).toEqual([]);
  });

  it("gives up when the answer's body never ends", async () => {
    await using server = await startScriptedServer();
    const chunk = "x".repeat(64 * 1024);
    server.otherwise((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const asked = exchangeRefreshToken(configOf({ issuer: `https://127.0.0.1:${server.port}`, refreshToken: "x" }));
    await expect(asked).rejects.toThrow(/does not answer: its answer is larger than 1048576 bytes$/);
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it("gives up in time when the answer's body stalls", async () => {
    await using server = await startScriptedServer();
    server.otherwise((response) => void response.write('{"token_endpoint":'));
    const config = configOf({ issuer: `https://127.0.0.1:${server.port}`, refreshToken: "x" });
    await expect(exchangeRefreshToken(config, 100)).rejects.toThrow(/does not answer: no whole answer within 0\.1 s$/);
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it("gives up in time when the proxy is silent", async () => {
    await using proxy = await startProxy({ answer: [] });
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    const config = configOf({ issuer: `https://${NAME}`, refreshToken: "x" });
    await expect(exchangeRefreshToken(config, 100)).rejects.toThrow(/no whole answer within 0\.1 s$/);
    await proxy.idle();
  });
});
