import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentRequest, Conversation, RequestAnswer } from "../../src/agents/driver.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import { waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { startOwnTools } from "../support/own-tools.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./acp-kit.ts";

const tool = (name: string, input: Readonly<Record<string, unknown>>) => ({ call: { name, input } });
const bash = (command: string) => tool("bash", { command, description: "a step" });

/** What the steps of one turn came to. */
async function steps(conversation: Conversation, calls: readonly unknown[], decision?: RequestAnswer) {
  const events: AgentEvent[] = [];
  const requests: AgentRequest[] = [];
  const { outcome } = conversation.run(script(...calls, { say: "done" }), (event) => events.push(event), {
    onRequest: async (request) => {
      requests.push(request);
      return decision ?? { decision: "deny", reason: "no" };
    },
  });
  expect(textOf(await outcome)).toBe("done");
  const outcomes = events.flatMap((event) => (event.type === "tool.finished" ? [event.data.outcome] : []));
  return { outcomes, requests, events };
}

describe("opencode with read access", () => {
  it("reads, and has nothing by which it could change or start anything, whatever its user allows it", async ({
    sandbox,
    driver,
  }) => {
    // The user's own rules for the agent that opencode would use, and a project's.
    const loose = { permission: { bash: "allow", edit: "allow", "*": "allow" } };
    const file = path.join(sandbox.home, ".config/opencode/opencode.json");
    const user = JSON.parse(await readFile(file, "utf8")) as object;
    await sandbox.writeUserFile(
      "home/.config/opencode/opencode.json",
      JSON.stringify({ ...user, ...loose, agent: { build: loose, plan: loose } }),
    );
    const touching = { type: "local", command: ["touch", path.join(sandbox.root, "started")] };
    await writeFile(
      path.join(sandbox.workspace, "opencode.json"),
      JSON.stringify({ ...loose, agent: { baton: loose }, mcp: { evil: touching } }),
    );
    await writeFile(path.join(sandbox.batonHome, "token"), "kingfisher");
    const conversation = await driver.open(openAs(sandbox, "read", { approvals: "ask" }));
    const at = (name: string) => path.join(sandbox.workspace, name);
    const { outcomes, requests } = await steps(conversation, [
      tool("read", { filePath: at("README.md") }),
      tool("read", { filePath: path.join(sandbox.batonHome, "token") }),
      bash(`touch ${at("a")}`),
      tool("write", { filePath: at("b"), content: "b" }),
      tool("edit", { filePath: at("README.md"), oldString: "green", newString: "red" }),
      tool("webfetch", { url: sandbox.model.url, format: "text" }),
      tool("task", { description: "x", prompt: `touch ${at("c")}`, subagent_type: "general" }),
    ]);
    expect(outcomes).toEqual(["ok", ...Array.from({ length: 6 }, () => "failed")]);
    expect(requests).toEqual([]);
    expect([at("a"), at("b"), at("c"), path.join(sandbox.root, "started")].filter(existsSync)).toEqual([]);
    expect(await readFile(at("README.md"), "utf8")).toContain("green");
    const body = JSON.stringify(sandbox.model.requests.at(-1)?.body);
    expect(body).not.toContain("kingfisher");
  }, 150_000);
});

describe("opencode with write access", () => {
  it("changes files in the directory, and asks about commands and all that lies outside", async ({
    sandbox,
    driver,
  }) => {
    const at = (name: string) => path.join(sandbox.workspace, name);
    const outside = path.join(sandbox.home, "outside");
    await mkdir(outside);
    await symlink(outside, at("link"));
    const calls = [
      tool("write", { filePath: at("new.txt"), content: "new" }),
      tool("edit", { filePath: at("README.md"), oldString: "green", newString: "red" }),
      bash("touch by-command"),
      tool("write", { filePath: path.join(outside, "x"), content: "x" }),
      tool("write", { filePath: at("link/y"), content: "y" }),
    ];
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const denied = await steps(conversation, calls);
    expect(denied.outcomes).toEqual(["ok", "ok", "denied", "denied", "denied"]);
    expect(denied.requests.map(({ kind, summary }) => [kind, summary])).toEqual([
      ["command", "touch by-command"],
      ["tool", expect.stringContaining(outside)],
      ["file_change", expect.stringContaining("link/y")],
    ]);
    expect(denied.events.flatMap((event) => (event.type === "file.changed" ? [event.data] : []))).toEqual([
      { path: at("new.txt"), kind: "add" },
      { path: at("README.md"), kind: "update" },
    ]);
    expect([at("by-command"), path.join(outside, "x"), path.join(outside, "y")].filter(existsSync)).toEqual(
      [],
    );
    const approved = await steps(conversation, calls.slice(2), { decision: "approve" });
    expect(approved.outcomes).toEqual(["ok", "ok", "ok"]);
    expect(existsSync(at("by-command"))).toBe(true);
  }, 150_000);

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
