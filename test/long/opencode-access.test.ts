import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "../contract/acp-kit.ts";
import { bash, steps, tool } from "./opencode-kit.ts";
import { startOwnTools } from "../support/own-tools.ts";

describe("opencode with write or full access", () => {
  it("takes no command where nobody is asked", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write"));
    const { outcomes, requests } = await steps(conversation, [
      tool("write", { filePath: path.join(sandbox.workspace, "new.txt"), content: "new" }),
      bash("touch by-command"),
    ]);
    expect([outcomes, requests]).toEqual([["ok", "failed"], []]);
  }, 150_000);

  it("is stopped in the middle of a command, of which nothing is left", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const running = conversation.run(script(bash("sleep 322"), { say: "done" }), () => undefined, {
      onRequest: async () => ({ decision: "approve" }),
    });
    await waitForCommand(sandbox.root, "sleep 322", 100_000);
    const began = performance.now();
    await running.interrupt();
    expect(await running.outcome).toMatchObject({ status: "interrupted" });
    await conversation.close();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await waitForNone(sandbox.root, 1_000)).toEqual([]);
  }, 150_000);

  it("does everything without asking under full access", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "full", { approvals: "ask" }));
    const file = path.join(sandbox.home, "everywhere");
    const { outcomes, requests } = await steps(conversation, [bash(`touch ${file}`)]);
    expect([outcomes, requests, existsSync(file)]).toEqual([["ok"], [], true]);
  }, 150_000);
});

describe("Baton's tools in opencode", () => {
  it("are its only ones of MCP, by the credential of the conversation, also beside Baton in the user's own", async ({
    sandbox,
    driver,
  }) => {
    const tools = await startOwnTools();
    try {
      const file = path.join(sandbox.home, ".config/opencode/opencode.json");
      const user = JSON.parse(await readFile(file, "utf8")) as object;
      const started = path.join(sandbox.root, "started");
      const mcp = {
        baton: { type: "local", command: ["touch", started] },
        mine: { type: "local", command: ["touch", started] },
      };
      // With a comment, as a person writes it.
      const text = `// mine\n${JSON.stringify({ ...user, mcp })}`;
      await sandbox.writeUserFile("home/.config/opencode/opencode.json", text);
      const open = (settings: { readonly mcp_servers: boolean }) =>
        driver.open(
          openAs(sandbox, "read", {
            tools,
            launch: launchOf(sandbox, { settings: { project_config: false, ...settings } }),
          }),
        );
      const conversation = await open({ mcp_servers: false });
      const look = script({ mcp: { server: "baton", tool: "look" } }, { tool_result: true });
      expect(textOf(await say(conversation, look))).toBe("look was called");
      expect(tools.heard.every(({ authorization }) => authorization === `Bearer ${tools.credential}`)).toBe(
        true,
      );
      expect(existsSync(started)).toBe(false);
      const kept = await sandbox.run([
        "grep",
        "-rl",
        tools.credential,
        sandbox.home,
        path.join(sandbox.root, "tmp"),
      ]);
      expect(kept.stdout).toBe("");
      await conversation.close();
      const withMine = await open({ mcp_servers: true });
      expect(textOf(await say(withMine, look))).toBe("look was called");
      expect(existsSync(started)).toBe(true);
    } finally {
      await tools.close();
    }
  }, 150_000);
});
