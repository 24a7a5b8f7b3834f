// The parts of undici that are loaded by their file: its main entry also loads fetch, WebSocket, caches and mocks, which a cold start pays for.
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";
  export default Client;
}
declare module "undici/lib/core/connect.js" {
  import { buildConnector } from "undici";
  export default buildConnector;
}
