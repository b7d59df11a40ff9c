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

/** The HTTP side of a hub, which opens while the hub answers on its socket already. */
export interface HttpDoor {
  /** Its address once it is open; null where it cannot be opened. */
  readonly url: Promise<string | null>;
  closeDoor(): void;
  close(): void;
}

/** Opens it. A hub without it is still of use, so what goes wrong is told in the log and by the missing address. */
export function openHttpDoor(options: DoorOptions): HttpDoor {
  const opening = open(options).catch((error: unknown) => {
    options.logger.error(
      { error: loggable(error), port: options.port },
      "the hub cannot be reached over HTTP",
    );
    return null;
  });
  return {
    url: opening.then((endpoint) => endpoint?.url ?? null),
    closeDoor: () => void opening.then((endpoint) => endpoint?.closeDoor()),
    close: () => void opening.then((endpoint) => endpoint?.close()),
  };
}

async function open({ hub, port, routes, ...given }: DoorOptions): Promise<HttpEndpoint> {
  const { openHttp } = await import("./http.ts");
  const local = createLocal({ hub, activity: given.activity, logger: given.logger });
  return openHttp({ ...given, port: port ?? 0, credentials: hub.credentials, routes: routes(local) });
}
