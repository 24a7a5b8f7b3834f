import type { Answer } from "./scripted-server.ts";

/** An event of a pod, by its name and version. */
export function event(
  type: string,
  name: string,
  version: string,
  more: { readonly uid?: string; readonly note?: string; readonly phase?: string } = {},
): object {
  const { uid = `uid-${name}`, note, phase } = more;
  const annotations = note === undefined ? {} : { annotations: { note } };
  return {
    type,
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "shop", uid, resourceVersion: version, ...annotations },
      ...(phase === undefined ? {} : { status: { phase } }),
    },
  };
}

export function bookmark(version: string, isEnd = false): object {
  const annotations = isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  return {
    type: "BOOKMARK",
    object: { apiVersion: "v1", kind: "Pod", metadata: { resourceVersion: version, ...annotations } },
  };
}

/** Writes events and leaves the watch open. */
export function open(...events: readonly object[]): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    for (const one of events) response.write(`${JSON.stringify(one)}\n`);
  };
}

/** Writes events and ends the watch as the server does when its time is over. */
export function ended(...events: readonly object[]): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(events.map((one) => `${JSON.stringify(one)}\n`).join(""));
  };
}

/** Writes events, then some bytes of another, and cuts the connection. */
export function cut(...events: readonly object[]): Answer {
  return (response, _request, socket) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write(`${events.map((one) => `${JSON.stringify(one)}\n`).join("")}{"type":"ADD`, () => socket.destroy());
  };
}
