import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Task } from "../../src/contracts/task.ts";
import { addOpencode } from "../../testkit/opencode.ts";
import { describe, expect, it } from "../support/baton.ts";

const script = (...steps: readonly unknown[]) => `SCRIPT ${JSON.stringify(steps)}`;

describe("opencode with Baton as an MCP server", () => {
  it("asks others by Baton's tools, once `baton setup` has registered it", async ({ baton, sandbox }) => {
    await addOpencode(sandbox);
    const file = path.join(sandbox.home, ".config/opencode/opencode.json");
    // Baton writes into this one.
    const { provider, model } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    const own = path.join(sandbox.home, "other/opencode/opencode.json");
    await mkdir(path.dirname(own), { recursive: true });
    await writeFile(own, JSON.stringify({ provider, model, autoupdate: false }));
    const env = { ...sandbox.env, XDG_CONFIG_HOME: path.join(sandbox.home, "other") };
    const { code, stdout } = await baton.run(["setup", "opencode", "--yes"], { env });
    expect([code, stdout]).toEqual([0, expect.stringContaining("opencode")]);
    const call = { server: "baton", tool: "ask_agent", arguments: { agent: "claude", prompt: "a question" } };
    const input = script({ mcp: call }, { tool_result: true });
    const ran = await sandbox.run(["opencode", "run"], { env, input });
    expect(ran.stdout).toContain("You said: a question");
    const { items } = (await baton.json(["tasks"], { env })) as { items: readonly Task[] };
    expect(items).toMatchObject([
      { agent: "claude", status: "completed", lineage: { parent: null, depth: 1 } },
    ]);
    expect(items[0]?.lineage.root).toMatch(/^mcp:/);
  }, 300_000);
});
