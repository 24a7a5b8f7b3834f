import { connect, type Server } from "node:net";
import { NETWORK } from "./layout.ts";

/**
 * Carries the connections of the machine's loopback port to the API server, byte by byte: TLS is between the two ends.
 *
 * @param listener listens in the machine's network namespace, while this process connects in the cluster's
 */
export function relayToApiServer(listener: Server): void {
  listener.on("connection", (client) => {
    const server = connect({ host: NETWORK.nodeAddress, port: NETWORK.apiPort, noDelay: true });
    client.setNoDelay(true);
    client.pipe(server).pipe(client);
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      end.on("error", () => other.destroy());
      end.on("close", () => other.destroy());
    }
  });
}
