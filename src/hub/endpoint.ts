import { chmod, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import path from "node:path";
import type { Places } from "../process/places.ts";
import { makeToken, writeToken } from "./folders.ts";

/** Where front ends find the hub: its socket, and the token that they have to show. */
export interface Endpoint {
  readonly token: string;
  /** Puts the socket and the token back when somebody has removed or overwritten them. */
  repair(): Promise<void>;
  /** Takes no more connections. */
  closeDoor(): void;
  /** Ends the connections; `remove` takes the files away, which must still be this hub's. */
  close(files: "remove" | "leave"): Promise<void>;
}

/** Listens for front ends; call it with the lease in hand. */
export async function openEndpoint(
  places: Places,
  onConnection: (socket: Socket, token: string) => void,
): Promise<Endpoint> {
  const token = makeToken();
  const sockets = new Set<Socket>();
  const listenHere = () =>
    listen(places, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      onConnection(socket, token);
    });
  await writeToken(places, token);
  const servers = [await listenHere()];
  let isOpen = true;

  return {
    token,
    repair: async () => {
      const written = await readFile(places.tokenFile, "utf8").catch(() => null);
      if (isOpen && written !== token) await writeToken(places, token);
      if (isOpen && places.socketFolder !== null && !(await exists(places.socket)))
        servers.push(await listenHere());
    },
    closeDoor: () => {
      isOpen = false;
      for (const server of servers) server.close();
    },
    close: async (files) => {
      for (const socket of sockets) socket.end();
      if (files === "leave") return;
      await rm(places.tokenFile, { force: true });
      if (places.socketFolder !== null) await rm(places.socket, { force: true });
    },
  };
}

/**
 * Listens under another name and moves the socket to its place: a dead hub's is replaced in one step, it is never open
 * to others, and Node, which removes the name that it was given when it closes, cannot remove another hub's.
 */
async function listen(places: Places, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  const { socket, socketFolder } = places;
  // No longer than `hub.sock`, since the length of a socket's path is limited.
  const draft = socketFolder === null ? socket : path.join(socketFolder, `h.${process.pid.toString(36)}`);
  if (socketFolder !== null) await rm(draft, { force: true });
  server.listen(draft);
  await once(server, "listening");
  if (socketFolder === null) return server;
  await chmod(draft, 0o600);
  await rename(draft, socket);
  return server;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
