import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import path from "node:path";

import { PROTOCOL } from "../../src/contracts/rpc.ts";
import { describe, expect, it } from "../support/baton.ts";

/** Sends lines to the hub's socket and gives the first answer, or null when the hub hangs up. */
async function talk(home: string, lines: readonly string[]): Promise<unknown> {
  const socket = connect(path.join(home, "hub.sock"));
  await once(socket, "connect");
  socket.write(lines.map((line) => `${line}\n`).join(""));
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += String(chunk);
    if (text.split("\n").length > lines.length) break;
  }
  socket.destroy();
  const last = text.trim().split("\n").at(-1) ?? "";
  return last === "" ? null : JSON.parse(last);
}

const hello = (token: string) =>
  JSON.stringify({ id: 1, method: "hello", params: { token, protocol: PROTOCOL, version: "test" } });

/** A person's command, as its front end would tell it. */
const ORIGIN = {
  front_end: "command",
  client: { agent: null, sessions: [], access: null },
  ancestors: [],
  marks: [],
  inside: null,
  bridge_depth: 0,
};

describe("the hub's socket", () => {
  it("takes nothing without the token", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    const refused = await talk(sandbox.batonHome, [
      JSON.stringify({ id: 1, method: "hub.status", params: {} }),
    ]);
    expect(refused).toMatchObject({ id: 1, error: { code: "hub_unavailable" } });
    expect(await talk(sandbox.batonHome, [hello("wrong")])).toMatchObject({
      error: { code: "hub_unavailable" },
    });
    const token = await readFile(path.join(sandbox.batonHome, "token"), "utf8");
    expect(await talk(sandbox.batonHome, [hello(token)])).toMatchObject({ result: { protocol: PROTOCOL } });
  });

  it("hangs up on what is no request, and goes on serving others", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    for (const garbage of ["GET / HTTP/1.1", "[]", "{}", "\u0000"]) {
      expect(await talk(sandbox.batonHome, [garbage])).toBeNull();
    }
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: true });
  });

  it("names what is wrong with a request", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    const token = await readFile(path.join(sandbox.batonHome, "token"), "utf8");
    const ask = (method: string, params: unknown) =>
      talk(sandbox.batonHome, [hello(token), JSON.stringify({ id: 2, method, origin: ORIGIN, params })]);
    expect(await ask("task.get", { task: 7 })).toMatchObject({ error: { code: "invalid_argument" } });
    expect(await ask("task.burn", {})).toMatchObject({ error: { code: "invalid_argument" } });
    expect(await ask("task.get", { task: "t_none" })).toMatchObject({ error: { code: "task_not_found" } });
  });
});
