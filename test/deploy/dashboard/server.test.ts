import { request } from "node:http";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DashboardServer, serveDashboard } from "../../../deploy/dashboard/server.ts";

let server: DashboardServer;
let origin: string;
let token: string;

beforeEach(async () => {
  const app = new Hono();
  app.get("/jobs", (c) => c.text("the jobs"));
  server = await serveDashboard(app, 0);
  const url = new URL(server.url);
  origin = url.origin;
  token = url.searchParams.get("token") ?? "";
});
afterEach(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
  readonly location: string;
}

/** Node's own fetch sets Host and Origin itself. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, { headers, method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          text,
          cookie: response.headers["set-cookie"]?.[0] ?? "",
          location: response.headers.location ?? "",
        }),
      );
    });
    sent.on("error", reject).end();
  });
}

describe("the dashboard's server", () => {
  it("listens only on loopback", () => {
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("refuses requests without the token", async () => {
    expect(await ask("/jobs")).toMatchObject({ status: 401 });
    expect(await ask("/jobs?token=wrong")).toMatchObject({ status: 401 });
    expect(await ask("/jobs", { authorization: `Bearer ${token.slice(1)}` })).toMatchObject({ status: 401 });
  });

  it("accepts the token in the address, and a cookie from then on", async () => {
    const first = await ask(`/jobs?q=pod&token=${token}`);
    expect(first).toMatchObject({ status: 302, location: "/jobs?q=pod" });
    expect(first.cookie).toMatch(/HttpOnly.*SameSite=Strict/i);
    const [cookie = ""] = first.cookie.split(";");
    expect(await ask("/jobs", { cookie })).toMatchObject({ status: 200, text: "the jobs" });
  });

  it.each([
    ["another site's name points at this machine", { host: "evil.example" }, 421],
    ["another site's page asks", { origin: "https://evil.example" }, 403],
    ["a file or a sandboxed frame asks", { origin: "null" }, 403],
  ])("refuses requests with the token if %s", async (_case, headers, status) => {
    expect(await ask("/jobs", { authorization: `Bearer ${token}`, ...headers })).toMatchObject({ status });
  });

  it.each(["PUT", "PATCH", "DELETE", "OPTIONS"])("accepts only forms: it refuses %s", async (method) => {
    expect(await ask("/jobs", { authorization: `Bearer ${token}` }, method)).toMatchObject({ status: 405 });
  });
});
