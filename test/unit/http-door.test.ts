import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createCredentials } from "../../src/hub/credentials.ts";
import { openHttpDoor } from "../../src/hub/http-door.ts";
import type { HubState } from "../../src/hub/state.ts";

function doorAt(port?: number) {
  const opened = Promise.withResolvers<void>();
  const lines: string[] = [];
  const door = openHttpDoor({
    hub: { credentials: createCredentials() } as HubState,
    token: "x",
    port,
    routes: () => {
      opened.resolve();
      return [];
    },
    activity: { begin: () => undefined, end: () => undefined },
    logger: pino({ base: null }, { write: (line) => void lines.push(line) }),
  });
  return { door, lines, opened: opened.promise };
}

describe("the HTTP side of a hub", () => {
  it("opens by itself, and tells the same address to all who ask", async () => {
    const { door, opened } = doorAt();
    await opened;
    const urls = await Promise.all([door.url(), door.url()]);
    expect(urls[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(urls[1]).toBe(urls[0]);
    expect((await fetch(urls[0] ?? "")).status).toBe(401);
    door.closeDoor();
    door.close();
    await expect(fetch(urls[0] ?? "")).rejects.toThrow("fetch failed");
  });

  it("is not opened any more by a hub that ends", async () => {
    const { door } = doorAt();
    door.closeDoor();
    expect(await door.url()).toBeNull();
  });

  it("has no address where its port is taken, and the log says why", async () => {
    const first = doorAt();
    const port = Number(new URL((await first.door.url()) ?? "").port);
    const second = doorAt(port);
    expect(await second.door.url()).toBeNull();
    expect(second.lines[0]).toContain("EADDRINUSE");
    first.door.closeDoor();
    first.door.close();
  });
});
