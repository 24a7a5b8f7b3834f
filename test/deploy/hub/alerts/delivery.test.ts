import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Delivery } from "../../../../deploy/hub/alerts/delivery.ts";
import { type PostOptions, post } from "../../../../deploy/hub/alerts/post.ts";
import type { Channel } from "../../../../deploy/settings/channels.ts";
import { makeServerCertificate } from "../../../../runtime/embedded/http/certificate.ts";
import { JudgedArchive } from "./archive-with-jobs.ts";
import { Receiver } from "./receiver.ts";

const SECRET_PATH = "/services/s3cret-path";

let hub: JudgedArchive;
let receiver: Receiver;

beforeEach(async () => {
  hub = new JudgedArchive();
  hub.cronJob();
  receiver = await Receiver.listen();
});

afterEach(async () => {
  hub[Symbol.dispose]();
  await receiver[Symbol.asyncDispose]();
});

function deliveryOf(channel: Channel = { kind: "webhook", urlFrom: "a/url" }, options: PostOptions = {}): Delivery {
  const secrets: Record<string, string> = {
    "a/url": `${receiver.url}${SECRET_PATH}\n`,
    "a/key": "k3y",
    "a/token": "t0ken",
  };
  return new Delivery(hub.archive, {
    channels: { ops: channel },
    readSecret: async (key) => secrets[key] ?? Promise.reject(new Error("ENOENT")),
    post: (request) => post(request, { env: {}, timeoutMs: 5_000, ...options }),
    now: () => hub.now,
  });
}

/** A job that failed, and was found out at 01:01. */
function fail(): void {
  hub.run("01:00", { outcome: "failed" });
  hub.look("01:01");
}

function later(seconds: number): void {
  hub.now = new Date(hub.now.getTime() + seconds * 1_000);
}

const undelivered = () => hub.store.undelivered(10);

describe("a message", () => {
  it("arrives once, signed, with a stable id", async () => {
    fail();
    const delivery = deliveryOf({ kind: "webhook", urlFrom: "a/url", keyFrom: "a/key", tokenFrom: "a/token" });
    await Promise.all([delivery.send(), delivery.send()]);
    await delivery.send();
    expect(receiver.received).toHaveLength(1);
    const { url, headers, body } = receiver.received[0] ?? expect.fail("nothing came");
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["errand-signature"])) ?? [];
    expect(signature).toBe(createHmac("sha256", "k3y").update(`${seconds}.${body}`).digest("hex"));
    expect({ url, authorization: headers.authorization }).toEqual({ url: SECRET_PATH, authorization: "Bearer t0ken" });
    expect(JSON.parse(body).id).toBe(receiver.ids[0]);
    expect(undelivered()).toEqual([]);
  });

  it("is retried after 500, with longer and longer waits", async () => {
    fail();
    const delivery = deliveryOf();
    receiver.answers = [{ status: 500 }, { status: 503 }];
    await delivery.send();
    expect(undelivered()).toMatchObject([
      { tries: 1, problem: "it answered 500", nextAt: new Date("2026-03-02T01:01:05Z") },
    ]);
    later(4);
    await delivery.send();
    expect(receiver.received).toHaveLength(1);
    later(1);
    await delivery.send();
    expect(undelivered()).toMatchObject([{ tries: 2, nextAt: new Date("2026-03-02T01:01:20Z") }]);
    later(15);
    await delivery.send();
    expect(new Set(receiver.ids).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
    expect(undelivered()).toEqual([]);
  });

  it.each([
    ["seconds", "90", 90],
    ["more than an hour", "86400", 3_600],
    ["no sense", "soon", 5],
  ])("waits as long as a 429 requests, up to a limit: %s", async (_name, header, seconds) => {
    fail();
    receiver.answers = [{ status: 429, headers: { "retry-after": header } }];
    await deliveryOf().send();
    expect(undelivered()).toMatchObject([{ state: "waiting", nextAt: new Date(hub.now.getTime() + seconds * 1_000) }]);
  });

  it.each([400, 401, 403, 404, 410])("is given up after %i, and can be sent again", async (status) => {
    fail();
    const delivery = deliveryOf();
    receiver.answers = [{ status }];
    await delivery.send();
    expect(undelivered()).toMatchObject([{ state: "dead", problem: `it answered ${status}` }]);
    later(86_400);
    await delivery.send();
    expect(receiver.received).toHaveLength(1);
    expect(hub.store.resend(receiver.ids[0] ?? "", hub.now)).toBe(1);
    await delivery.send();
    expect(receiver.received).toHaveLength(2);
    expect(undelivered()).toEqual([]);
    expect(hub.store.resend(receiver.ids[0] ?? "", hub.now)).toBe(0);
  });

  it("that was refused is followed by no resolution, and is not sent again after it", async () => {
    fail();
    const delivery = deliveryOf();
    receiver.answers = [{ status: 403 }];
    await delivery.send();
    hub.run("02:00");
    hub.look("02:01");
    await delivery.send();
    expect(hub.store.resend(receiver.ids[0] ?? "", hub.now)).toBe(0);
    expect(hub.store.isOver(receiver.ids[0] ?? "")).toBe(true);
    await delivery.send();
    expect(receiver.received).toHaveLength(1);
  });

  it("is given up after a day", async () => {
    fail();
    const delivery = deliveryOf();
    for (let hour = 0; hour < 30; hour += 1) {
      receiver.answers = [{ status: 502 }];
      await delivery.send();
      later(3_600);
    }
    expect(undelivered()).toMatchObject([{ state: "dead", problem: "it answered 502" }]);
    expect(receiver.received.length).toBeLessThan(28);
  });

  it("does not follow a redirect to another host", async () => {
    await using other = await Receiver.listen();
    fail();
    receiver.answers = [{ status: 307, headers: { location: other.url } }];
    await deliveryOf().send();
    expect(other.received).toEqual([]);
    expect(undelivered()).toMatchObject([{ state: "dead", problem: "it answered 307: redirects are not followed" }]);
  });

  it("waits for a slow channel only for a limited time", async () => {
    fail();
    receiver.answers = [undefined];
    await deliveryOf(undefined, { timeoutMs: 200 }).send();
    expect(undelivered()).toMatchObject([{ state: "waiting", problem: "no answer within 0.2 s" }]);
  });

  it("is not overtaken by the resolution of its incident", async () => {
    fail();
    hub.run("02:00");
    hub.look("02:01");
    receiver.answers = [{ status: 500 }];
    const delivery = deliveryOf();
    await delivery.send();
    expect(receiver.received).toHaveLength(1);
    later(5);
    await delivery.send();
    expect(receiver.ids.map((id) => id.split("-")[1])).toEqual(["opened", "opened", "resolved"]);
  });

  it("uses the environment's proxy", async () => {
    const asked: string[] = [];
    const proxy = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (data) => {
        asked.push(data.toString().split("\r\n")[0] ?? "");
        socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      });
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, "127.0.0.1", resolve);
    });
    const address = proxy.address() as { port: number };
    fail();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${address.port}` };
    const channel: Channel = { kind: "webhook", url: "https://ops.example/errand" };
    await deliveryOf(channel, { env, timeoutMs: 5_000 }).send();
    proxy.close();
    expect(asked).toEqual(["CONNECT ops.example:443 HTTP/1.1"]);
    expect(undelivered()).toMatchObject([{ state: "waiting" }]);
  });

  it("is sent over TLS only to a trusted certificate", async () => {
    const { key, certificate } = makeServerCertificate();
    await using secure = await Receiver.listen({ key, cert: certificate });
    const channel: Channel = { kind: "webhook", url: secure.url };
    fail();
    await deliveryOf(channel, { timeoutMs: 5_000 }).send();
    expect(secure.received).toEqual([]);
    expect(undelivered()[0]?.problem).toMatch(
      /^it could not be reached \((?:DEPTH_ZERO_)?SELF_SIGNED_CERT|UNABLE_TO_VERIFY/,
    );
    later(10);
    await deliveryOf(channel, { ca: certificate, timeoutMs: 5_000 }).send();
    expect(secure.received).toHaveLength(1);
  });

  it("is listed for a removed channel", async () => {
    fail();
    await new Delivery(hub.archive, { channels: {}, readSecret: async () => "", post, now: () => hub.now }).send();
    expect(undelivered()).toMatchObject([{ state: "dead", problem: "the hub has no such channel any more" }]);
  });

  it("waits for its Secret", async () => {
    fail();
    await deliveryOf({ kind: "slack", urlFrom: "b/url" }).send();
    expect(undelivered()).toMatchObject([{ state: "waiting", problem: "key url of Secret b is not there, or empty" }]);
  });

  it("never shows a secret, whatever fails", async () => {
    fail();
    const closed = await Receiver.listen();
    await closed[Symbol.asyncDispose]();
    for (const url of [
      `${closed.url}${SECRET_PATH}`,
      "http://user:s3cret@nowhere.invalid/",
      "s3cret",
      "http://[s3cret",
    ]) {
      const delivery = new Delivery(hub.archive, {
        channels: { ops: { kind: "slack", urlFrom: "a/url", tokenFrom: "a/token" } },
        readSecret: async (key) => (key === "a/url" ? url : "t0ken-s3cret\nx"),
        post: (request) => post(request, { env: {}, timeoutMs: 2_000 }),
        now: () => hub.now,
      });
      later(7_200);
      await delivery.send();
      const rows = JSON.stringify(hub.archive.rows("SELECT * FROM messages"));
      expect(rows).toContain("problem");
      expect(rows).not.toContain("s3cret");
      expect(undelivered()).toHaveLength(1);
    }
  });
});

describe("Alertmanager", () => {
  it("gets open incidents repeatedly, and their resolution", async () => {
    const delivery = deliveryOf({ kind: "alertmanager", url: receiver.url });
    fail();
    await delivery.repeat();
    expect(receiver.received).toEqual([]);
    await delivery.send();
    await delivery.repeat();
    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body)[0]);
    expect(second.labels).toEqual(first.labels);
    hub.run("02:00");
    hub.look("02:01");
    await delivery.send();
    await delivery.repeat();
    expect(receiver.received).toHaveLength(3);
    expect(JSON.parse(receiver.received[2]?.body ?? "")[0]).toMatchObject({
      labels: first.labels,
      endsAt: hub.now.toISOString(),
    });
  });

  it("gets no repeat of what ended while others were repeated, and the end after the repeat", async () => {
    const posted: string[] = [];
    const held: (() => void)[] = [];
    let isSlow = false;
    const delivery = new Delivery(hub.archive, {
      channels: { ops: { kind: "alertmanager", url: "http://alertmanager.example" } },
      readSecret: async () => "",
      post: async ({ body }) => {
        const [{ labels, endsAt }] = JSON.parse(body);
        posted.push(`${labels.errand_job} ${new Date(endsAt) > hub.now ? "goes on" : "is over"}`);
        if (isSlow) await new Promise<void>((resolve) => held.push(resolve));
        return { taken: true };
      },
      now: () => hub.now,
    });
    hub.cronJob({ name: "backup" });
    hub.run("00:59", { outcome: "failed", job: "backup", run: "backup-1" });
    fail();
    await delivery.send();
    expect(posted.splice(0).toSorted()).toEqual(["backup goes on", "cleanup goes on"]);
    isSlow = true;
    const repeated = delivery.repeat();
    await expect.poll(() => posted).toEqual(["cleanup goes on"]);
    isSlow = false;
    hub.run("02:00");
    hub.run("02:00", { job: "backup", run: "backup-2" });
    hub.look("02:01");
    const sent = delivery.send();
    await expect.poll(() => posted).toEqual(["cleanup goes on", "backup is over"]);
    held[0]?.();
    await Promise.all([repeated, sent]);
    expect(posted).toEqual(["cleanup goes on", "backup is over", "cleanup is over"]);
  });
});
