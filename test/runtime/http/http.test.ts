import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createHttp, type HttpClient, type HttpOptions } from "../../../runtime/http/http.ts";
import { readHttpHost } from "../../../runtime/job/http-hosts.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** What the server was asked: method, path and body. */
let asked: string[];
let handler: Handler;
let origin: string;
let host: string;
let close: (() => Promise<unknown>)[];
let waited: number[];

beforeEach(async () => {
  asked = [];
  waited = [];
  handler = (_request, response) => response.end("{}");
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push(`${request.method} ${request.url} ${body}`.trim());
    handler(request, response, body);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  host = `localhost:${(server.address() as AddressInfo).port}`;
  origin = `http://${host}`;
  close = [
    () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  ];
});

afterEach(async () => {
  for (const each of close) await each();
});

function client(options: Partial<HttpOptions> & { readonly declared?: readonly string[] } = {}): HttpClient {
  const { declared = [host], ...others } = options;
  const made = createHttp({
    hosts: declared.map((each) => readHttpHost(each)),
    namespace: "team-a",
    dryRun: false,
    signal: new AbortController().signal,
    lookup: async () => ["127.0.0.1"],
    sleep: async (milliseconds) => void waited.push(milliseconds),
    ...others,
  });
  close.unshift(() => made.close());
  return made;
}

function status(code: number, headers: Readonly<Record<string, string>> = {}, body = ""): Handler {
  return (_request, response) => response.writeHead(code, headers).end(body);
}

describe("http", () => {
  it("sends a request to a declared host", async () => {
    const { http } = client();
    const response = await http(`${origin}/a?b=1`, { method: "post", json: { text: "hello" } });
    expect(response.status).toBe(200);
    expect(asked).toEqual(['POST /a?b=1 {"text":"hello"}']);
  });

  it("refuses an undeclared host before resolving its name, with the line to add", async () => {
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return ["127.0.0.1"];
    };
    const { http } = client({ declared: ["hooks.slack.com"], lookup });
    await expect(http("https://evil.example:8443/x")).rejects.toMatchObject({
      reason: "NotDeclared",
      message: "GET evil.example:8443 is not declared; nothing was sent",
      hint: 'add "evil.example:8443" to http in the job file: http: ["hooks.slack.com", "evil.example:8443"]',
    });
    expect(lookups).toBe(0);
  });

  it("refuses a forbidden address of a declared name, at the connection itself", async () => {
    const port = host.split(":")[1];
    const { http } = client({ declared: [`api.example.com:${port}`], lookup: async () => ["127.0.0.1"] });
    await expect(http(`http://api.example.com:${port}/`)).rejects.toMatchObject({ reason: "NotDeclared" });
    expect(asked).toEqual([]);
  });

  it("connects to the address that was checked, not to that of a second lookup", async () => {
    const port = host.split(":")[1];
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return [lookups === 1 ? "127.0.0.1" : "127.0.0.2"];
    };
    const { http } = client({ lookup });
    await http(`http://localhost:${port}/`);
    expect(lookups).toBe(1);
    expect(asked).toEqual(["GET /"]);
  });

  it("checks each hop of a redirect, and withholds credentials from other origins", async () => {
    const seen: (string | undefined)[] = [];
    handler = (request, response) => {
      seen.push(request.headers.authorization);
      const location = { "/one": "/two", "/two": "https://evil.example/" }[request.url ?? ""];
      response.writeHead(302, { location: location ?? "/" }).end();
    };
    const { http } = client();
    const call = http(`${origin}/one`, { headers: { authorization: "Bearer x" } });
    await expect(call).rejects.toThrow("GET evil.example is not declared");
    expect(seen).toEqual(["Bearer x", "Bearer x"]);

    const other = `127.0.0.1:${host.split(":")[1]}`;
    handler = (request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/three") response.writeHead(307, { location: `http://${other}/four` }).end();
      else response.end();
    };
    await client({ declared: [host, other] }).http(`${origin}/three`, { headers: { authorization: "Bearer x" } });
    expect(seen.slice(2)).toEqual(["Bearer x", undefined]);
  });

  it("turns a redirected POST into a GET like browsers, and repeats it after a 307", async () => {
    const to =
      (code: number): Handler =>
      (request, response) =>
        request.url === "/from" ? response.writeHead(code, { location: "/to" }).end() : response.end();
    handler = to(302);
    await client().http(`${origin}/from`, { method: "POST", body: "x" });
    handler = to(307);
    await client().http(`${origin}/from`, { method: "POST", body: "x" });
    expect(asked).toEqual(["POST /from x", "GET /to", "POST /from x", "POST /to x"]);
  });

  it("ends a redirect loop", async () => {
    handler = status(302, { location: "/" });
    await expect(client().http(origin)).rejects.toThrow("more than 10 redirects");
  });

  it("throws for an error answer with its status and the beginning of the body, but no path, query or header", async () => {
    handler = status(404, {}, `no_service\n${"x".repeat(5_000)}`);
    const error = await client()
      .http(`${origin}/services/T0/SECRET?token=SECRET`, { method: "POST", headers: { authorization: "SECRET" } })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "HttpError",
      message: `POST ${host} answered 404 Not Found: no_service`,
      status: 404,
    });
    expect(JSON.stringify(error)).not.toContain("SECRET");
    expect((error as { body: string }).body.length).toBe(2_048);
  });

  it("retries only idempotent calls, with back-off and Retry-After", async () => {
    let count = 0;
    handler = (_request, response) => {
      count += 1;
      if (count === 1) response.writeHead(429, { "retry-after": "7" }).end();
      else if (count === 2) response.writeHead(503).end();
      else response.end();
    };
    await client().http(origin, { method: "PUT", body: "x" });
    expect(asked).toEqual(["PUT / x", "PUT / x", "PUT / x"]);
    expect(waited[0]).toBe(7_000);
    expect(waited[1]).toBeGreaterThanOrEqual(500);

    handler = status(503);
    await expect(client().http(origin)).rejects.toMatchObject({ status: 503 });
    expect(asked).toHaveLength(6);
    await expect(client().http(origin, { method: "POST" })).rejects.toMatchObject({ status: 503 });
    expect(asked).toHaveLength(7);
  });

  it("does not wait if a server asks for more than a minute", async () => {
    handler = status(429, { "retry-after": "3600" });
    await expect(client().http(origin)).rejects.toMatchObject({ status: 429 });
    expect(waited).toEqual([]);
  });

  it("retries a lost connection, and explains the final failure", async () => {
    let count = 0;
    handler = (request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.end();
    };
    await client().http(origin);
    expect(count).toBe(2);
    await expect(client().http(origin.replace(host, "localhost:1"), { timeout: "5s" })).rejects.toThrow(
      "GET localhost:1 is not declared",
    );
    for (const each of close) await each();
    await expect(client().http(origin)).rejects.toThrow(/^GET localhost:\d+: .*ECONNREFUSED/);
  });

  it("gives up after its timeout, and at once when the run stops", async () => {
    handler = () => {};
    const call = client().http(origin, { method: "POST", timeout: "20ms" });
    await expect(call).rejects.toThrow(`POST ${host}: no answer within 0.02 s`);
    const stop = new AbortController();
    handler = () => stop.abort(new Error("the run stops"));
    await expect(client({ signal: stop.signal }).http(origin)).rejects.toThrow("the run stops");
  });

  it("sends nothing after it is closed, whether or not it was called before, and does not try again", async () => {
    const [unused, used] = [client(), client()];
    const retrying: HttpClient = client({ sleep: () => retrying.close() });
    await used.http(origin);
    for (const each of [unused, used]) {
      await each.close();
      await expect(each.http(origin)).rejects.toThrow(`GET ${host}: the run is over; nothing was sent`);
    }
    handler = status(503);
    await expect(retrying.http(origin)).rejects.toThrow("the run is over");
    expect(asked).toHaveLength(2);
  });

  it("withholds everything but GET and HEAD in a dry run, and counts it", async () => {
    const made = client({ dryRun: true });
    await made.http(origin);
    const withheld = await made.http(`${origin}/send`, { method: "POST", json: {} });
    await expect(made.http("https://evil.example", { method: "POST" })).rejects.toThrow("not declared");
    await expect(made.http.json(origin, z.object({}), { method: "DELETE" })).rejects.toMatchObject({
      reason: "NoDryRun",
    });
    expect(withheld.status).toBe(204);
    expect(asked).toEqual(["GET /"]);
    expect(made.counts).toEqual({
      calls: { [`GET ${host}`]: 1 },
      withheld: { [`POST ${host}`]: 1, [`DELETE ${host}`]: 1 },
    });
  });

  it("stops the run at the call beyond its limit, retries included", async () => {
    const errors: Error[] = [];
    handler = status(503);
    const made = client({ limit: 2, onLimit: (error) => errors.push(error) });
    await expect(made.http(origin)).rejects.toMatchObject({ reason: "LimitExceeded", max: 2 });
    expect(asked).toHaveLength(2);
    expect(errors).toHaveLength(1);
    expect(made.counts.calls).toEqual({ [`GET ${host}`]: 2 });
  });

  it("counts withheld calls against the limit, since the real run would send them", async () => {
    const errors: Error[] = [];
    const made = client({ dryRun: true, limit: 1, onLimit: (error) => errors.push(error) });
    await made.http(origin, { method: "POST" });
    await expect(made.http(origin, { method: "POST" })).rejects.toMatchObject({ reason: "LimitExceeded" });
    expect(errors).toHaveLength(1);
  });

  it("refuses a URL with a password, without quoting it", async () => {
    const error = await client()
      .http(origin.replace("//", "//user:s3cr3t@"))
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("a URL cannot hold a user name or password");
    expect(String(error)).not.toContain("s3cr3t");
  });

  it("takes the address out of an answer that repeats it", async () => {
    handler = (request, response) => response.writeHead(404).end(`Route POST:${request.url} not found`);
    const error = await client()
      .http(`${origin}/services/HOOKSECRET?key=QUERYSECRET`, { method: "POST" })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `POST ${host} answered 404 Not Found: Route POST:[…][…] not found` });
    expect(JSON.stringify(error)).not.toMatch(/HOOKSECRET|QUERYSECRET/);
  });

  it("sends a body that can be read only once no second time", async () => {
    handler = status(503);
    async function* parts() {
      yield Buffer.from("hello");
    }
    const init = { method: "PUT", body: parts() as unknown as string };
    await expect(client().http(origin, init)).rejects.toMatchObject({ status: 503 });
    expect(asked).toEqual(["PUT / hello"]);
  });

  it("counts distinct calls in the report up to a maximum, and the rest as others", async () => {
    const declared = Array.from({ length: 25 }, (_, index) => `h${index}.example`);
    const made = client({ declared, fetch: async () => new Response("{}") });
    for (const each of declared) await made.http(`https://${each}/`);
    expect(Object.keys(made.counts.calls)).toHaveLength(21);
    expect(made.counts.calls.others).toBe(5);
  });
});

describe("http.json", () => {
  it("returns the schema's output", async () => {
    handler = status(200, {}, '{"count":"7"}');
    expect(await client().http.json(origin, z.object({ count: z.coerce.number() }))).toEqual({ count: 7 });
  });

  it("throws if the answer is not JSON or does not match the schema", async () => {
    const schema = z.object({ items: z.array(z.object({ name: z.string() })) });
    handler = status(200, {}, "<html>");
    await expect(client().http.json(origin, schema)).rejects.toThrow(`GET ${host}: the answer is not JSON`);
    handler = status(200, {}, '{"items":[{"name":7}]}');
    await expect(client().http.json(origin, schema)).rejects.toThrow(/unexpected answer: items\.0\.name: /);
  });

  it("reports an answer that was cut as an HttpError", async () => {
    handler = (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => request.socket.destroy());
    };
    await expect(client().http.json(origin, z.unknown())).rejects.toMatchObject({ name: "HttpError" });
  });

  it("reads at most 16 MiB", async () => {
    handler = (_request, response) => {
      response.write("[");
      const chunk = Buffer.alloc(2 ** 20, " ");
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    await expect(client().http.json(origin, z.unknown())).rejects.toThrow("longer than 16 MiB");
  });
});
