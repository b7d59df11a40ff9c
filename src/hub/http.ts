import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { BatonError, taskError, type TaskError } from "../contracts/error.ts";
import type { Route } from "../contracts/http.ts";
import type { Activity } from "./connection.ts";
import { admit, type GateOptions } from "./http-gate.ts";
import { BodyTooLarge, requestOf, respond } from "./http-request.ts";
import { loggable } from "./log-file.ts";

export interface HttpOptions extends Omit<GateOptions, "port"> {
  /** 0: any that is free. */
  readonly port: number;
  readonly routes: readonly Route[];
  readonly activity: Activity;
  readonly logger: Logger;
}

/** The hub's address for programs that speak HTTP. */
export interface HttpEndpoint {
  readonly url: string;
  /** Takes no more connections. */
  closeDoor(): void;
  /** Ends what is still open, whoever waits. */
  close(): void;
}

/** Within these a request has to have come, in milliseconds; its answer may take as long as it likes. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** How long a connection stays open without a request. */
const KEEP_ALIVE_MS = 60_000;
const MAX_CONNECTIONS = 1_024;

const INTERNAL = taskError("hub_unavailable", "the hub could not answer this request", {
  hint: "The file hub.log in BATON_HOME says why.",
});

/**
 * Listens on the loopback address, which nobody outside this machine reaches.
 * @throws the system's error when the port is taken
 */
export async function openHttp({ routes, activity, logger, ...given }: HttpOptions): Promise<HttpEndpoint> {
  const limits = {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: HEADERS_MS,
  };
  const server = createServer(limits);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(given.port, "127.0.0.1");
  await once(server, "listening");
  // Whoever waits for the hub to end must not be kept by it.
  server.unref();
  const { port } = server.address() as AddressInfo;
  const gate: GateOptions = { ...given, port };
  const url = `http://127.0.0.1:${port}`;

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const admission = admit(incoming, gate);
    if ("status" in admission) {
      refuse(outgoing, admission.status, admission.error, admission.headers);
      return;
    }
    const address = addressOf(incoming, url);
    const route = routes.find(({ path }) => path === address?.pathname);
    if (address === null || route === undefined) {
      refuse(outgoing, 404, taskError("invalid_argument", "the hub has nothing at this path"));
      return;
    }
    const request = await requestOf(incoming, outgoing, address.href);
    await respond(outgoing, await answerOf(route, request, admission.who));
  };
  const answerOf = async (route: Route, ...asked: Parameters<Route["handle"]>): Promise<Response> => {
    activity.begin();
    try {
      return await route.handle(...asked);
    } finally {
      activity.end();
    }
  };
  const failed = (outgoing: ServerResponse, error: unknown): void => {
    if (outgoing.destroyed) return;
    if (error instanceof BodyTooLarge) {
      refuse(outgoing, 413, error.error);
      return;
    }
    if (!(error instanceof BatonError))
      logger.error({ error: loggable(error) }, "a request over HTTP failed");
    if (outgoing.headersSent) outgoing.destroy();
    else if (error instanceof BatonError) refuse(outgoing, 503, error.error);
    else refuse(outgoing, 500, INTERNAL);
  };
  server.on("request", (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => failed(outgoing, error));
  });

  return {
    url,
    closeDoor: () => void server.close(),
    close: () => server.closeAllConnections(),
  };
}

function addressOf({ url = "" }: IncomingMessage, base: string): URL | null {
  return url.startsWith("/") ? URL.parse(base + url) : null;
}

function refuse(
  outgoing: ServerResponse,
  status: number,
  error: TaskError,
  headers: Readonly<Record<string, string>> = {},
): void {
  outgoing.writeHead(status, { ...headers, "content-type": "application/json" });
  outgoing.end(`${JSON.stringify({ error })}\n`);
}
