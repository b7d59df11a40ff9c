import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { findCodex } from "../../src/agents/codex/executable.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, say, textOf } from "./codex-kit.ts";

describe("the executable", () => {
  it("is the native binary behind npm's launcher", async ({ sandbox, driver }) => {
    const linked = path.join(sandbox.root, "npm", "codex");
    await mkdir(path.dirname(linked));
    await symlink(sandbox.clis.codexLauncher, linked);
    for (const executable of [linked, sandbox.clis.codexLauncher]) {
      expect(await findCodex(launchOf(sandbox, { executable }))).toBe(sandbox.clis.codex);
    }
    const conversation = await driver.open(
      openAs(sandbox, "read", { launch: launchOf(sandbox, { executable: linked }) }),
    );
    expect(textOf(await say(conversation, "hello"))).toBe("You said: hello");
    expect((await processesOf(sandbox.root)).filter(({ command }) => command.includes("codex.js"))).toEqual(
      [],
    );
    await conversation.close();
  });

  it("is the launcher itself where no native binary can be found", async ({ sandbox }) => {
    const script = path.join(sandbox.root, "package", "bin", "codex.js");
    await mkdir(path.dirname(script), { recursive: true });
    await copyFile(sandbox.clis.codexLauncher, script);
    await chmod(script, 0o755);
    await writeFile(path.join(sandbox.root, "package", "package.json"), '{"name": "@openai/codex"}');
    expect(await findCodex(launchOf(sandbox, { executable: script }))).toBe(script);
  });

  it("that is missing is said to be missing", async ({ sandbox, driver }) => {
    const env = { ...sandbox.env, PATH: path.join(sandbox.root, "tmp") };
    await expect(
      driver.open(openAs(sandbox, "read", { launch: launchOf(sandbox, { env }) })),
    ).rejects.toMatchObject({
      error: { code: "agent_unavailable", hint: expect.stringContaining("BATON_CODEX_BIN") },
    });
  });

  it("that does not exist where the user said is said to be missing", async ({ sandbox, driver }) => {
    const launch = launchOf(sandbox, { executable: "/nowhere/codex" });
    await expect(driver.open(openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("/nowhere/codex") },
    });
  });

  const old = {
    "takes app-server for a prompt": 'echo "Error: stdin is not a terminal" >&2; exit 1',
    "does not know the subcommand": `echo "error: unrecognized subcommand 'app-server'" >&2; exit 2`,
    "ends without a word": "exit 0",
    "does not know the method": `read line; echo '{"id":1,"error":{"code":-32601,"message":"Method not found"}}'; read line`,
    "answers in another form": `read line; echo '{"id":1,"result":{"version":1}}'; read line`,
  };
  for (const [what, shell] of Object.entries(old)) {
    it(`that ${what} is too old`, async ({ sandbox, driver }) => {
      const executable = await program(sandbox, shell);
      const launch = launchOf(sandbox, { executable });
      await expect(driver.open(openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
        error: {
          code: "agent_unavailable",
          message: expect.stringContaining("too old"),
          hint: expect.stringContaining("Update"),
        },
      });
    });
  }
});

describe("a Codex that is not as we know it", () => {
  it("and dies in the middle of a line fails the turn as crashed", async ({ sandbox, driver }) => {
    const launch = launchOf(sandbox, {
      executable: await imitation(sandbox, [{ partial: '{"method":"turn/comp' }]),
    });
    const conversation = await driver.open(openAs(sandbox, "read", { launch }));
    expect(await say(conversation, "hello")).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed" },
    });
    expect(conversation.isUsable()).toBe(false);
    await conversation.close();
  });

  it("and says what nobody has heard of is kept word for word", async ({ sandbox, driver }) => {
    const item = { type: "hologram", id: "h1", depth: 3 };
    const future = { method: "turn/levitated", params: { threadId: "THREAD", turnId: "TURN", height: 2 } };
    const said = [
      { method: "item/completed", params: { threadId: "THREAD", turnId: "TURN", item } },
      future,
      { id: 99, method: "item/soul/requestApproval", params: {} },
      { waitFor: 99 },
      { method: "turn/completed", params: { threadId: "THREAD", turn: { id: "TURN", status: "completed" } } },
    ];
    const launch = launchOf(sandbox, { executable: await imitation(sandbox, said) });
    const conversation = await driver.open(openAs(sandbox, "read", { launch }));
    const events: unknown[] = [];
    const turn = conversation.run("hello", (event) => events.push(event));
    expect(await turn.outcome).toEqual({ status: "completed", answer: "", usage: null });
    expect(events).toEqual([
      { type: "raw", data: { source: "codex", payload: { item } } },
      { type: "raw", data: { source: "codex", payload: future } },
    ]);
    await conversation.close();
  });

  it("and passes over the sandbox that was asked for is not used", async ({ sandbox, driver }) => {
    const launch = launchOf(sandbox, { executable: await imitation(sandbox, [], "workspaceWrite") });
    await expect(driver.open(openAs(sandbox, "read", { launch }))).rejects.toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("sandbox") },
    });
  });
});

async function program(sandbox: Sandbox, shell: string): Promise<string> {
  const file = path.join(sandbox.root, "bin", "other-codex");
  await writeFile(file, `#!/bin/sh\n${shell}\n`, { mode: 0o755 });
  return file;
}

/** An app-server that opens threads and then says what it is told to; it dies after a partial line. */
async function imitation(
  sandbox: Sandbox,
  said: readonly unknown[],
  sandboxType = "readOnly",
): Promise<string> {
  const source = await readFile(path.join(import.meta.dirname, "../fixtures/codex-imitation.mjs"), "utf8");
  const script = path.join(sandbox.root, "imitation.mjs");
  await writeFile(script, source);
  const told = path.join(sandbox.root, "said.json");
  await writeFile(told, JSON.stringify({ said, sandboxType }));
  return program(sandbox, `exec "${process.execPath}" "${script}" "${told}"`);
}
