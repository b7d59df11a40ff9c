import type { Logger } from "pino";
import type { Route } from "../contracts/http.ts";
import type { Activity } from "./connection.ts";
import type { HttpEndpoint } from "./http.ts";
import { createLocal, type Local } from "./local.ts";
import { loggable } from "./log-file.ts";
import type { HubState } from "./state.ts";

/** What is to be served over HTTP, given the way to the hub's own methods. */
export type RoutesFor = (local: Local) => readonly Route[];

export interface DoorOptions {
  readonly hub: HubState;
  readonly token: string;
  /** Not set in the config: any that is free. */
  readonly port: number | undefined;
  readonly routes: RoutesFor;
  readonly activity: Activity;
  readonly logger: Logger;
}

/** The HTTP side of a hub. */
export interface HttpDoor {
  /** Its address once it is open; null where it cannot be opened. */
  url(): Promise<string | null>;
  closeDoor(): void;
  close(): void;
}

/** Most hubs start because somebody asks something at once; loading what HTTP needs comes after that, in milliseconds. */
const OPEN_AFTER_MS = 100;

/**
 * Opens it in a moment, or when somebody asks where it is. A hub without it is still of use, so what goes wrong is told
 * in the log and by the missing address.
 */
export function openHttpDoor(options: DoorOptions): HttpDoor {
  let opening: Promise<HttpEndpoint | null> | null = null;
  const opened = () => {
    clearTimeout(timer);
    opening ??= open(options).catch((error: unknown) => {
      const facts = { error: loggable(error), port: options.port };
      options.logger.error(facts, "the hub cannot be reached over HTTP");
      return null;
    });
    return opening;
  };
  const timer = setTimeout(() => void opened(), OPEN_AFTER_MS).unref();
  const ifOpened = (act: (endpoint: HttpEndpoint) => void) => {
    clearTimeout(timer);
    // From here on there is nothing to open.
    opening ??= Promise.resolve(null);
    void opening.then((endpoint) => endpoint !== null && act(endpoint));
  };
  return {
    url: async () => (await opened())?.url ?? null,
    closeDoor: () => ifOpened((endpoint) => endpoint.closeDoor()),
    close: () => ifOpened((endpoint) => endpoint.close()),
  };
}

async function open({ hub, port, routes, ...given }: DoorOptions): Promise<HttpEndpoint> {
  const { openHttp } = await import("./http.ts");
  const local = createLocal({ hub, activity: given.activity, logger: given.logger });
  return openHttp({ ...given, port: port ?? 0, credentials: hub.credentials, routes: routes(local) });
}
