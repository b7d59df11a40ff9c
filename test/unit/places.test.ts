import path from "node:path";
import { describe, expect, it } from "vitest";
import { configOf, homeOf, placesIn } from "../../src/process/places.ts";

describe.runIf(process.platform === "linux")("the places", () => {
  it("are the platform's own, unless the user names others", () => {
    expect(homeOf({ HOME: "/home/a" })).toBe("/home/a/.local/state/baton");
    expect(homeOf({ HOME: "/home/a", XDG_STATE_HOME: "/var/a" })).toBe("/var/a/baton");
    expect(homeOf({ HOME: "/home/a", XDG_STATE_HOME: "relative" })).toBe("/home/a/.local/state/baton");
    expect(homeOf({ HOME: "/home/a", BATON_HOME: "/srv/b" })).toBe("/srv/b");
    expect(configOf({ HOME: "/home/a" })).toBe("/home/a/.config/baton/config.toml");
    expect(configOf({ HOME: "/home/a", BATON_CONFIG: "/etc/b.toml" })).toBe("/etc/b.toml");
  });

  it("have a socket that the system takes, however long the home is, and always the same one", () => {
    const long = path.join("/home", "x".repeat(120));
    const { socket, socketFolder } = placesIn(long);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    expect(path.dirname(socket)).toBe(socketFolder);
    expect(placesIn(long).socket).toBe(socket);
    expect(placesIn(`${long}y`).socket).not.toBe(socket);
  });
});
