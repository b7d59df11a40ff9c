import path from "node:path";

import { codexConfig } from "../../testkit/sandbox.ts";
import { processesOf, waitForCommand } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import type { Baton } from "../support/command.ts";
import { describe, expect, it } from "../support/baton.ts";

const LIMIT_MS = 5_000;
const STUBBORN = path.resolve(import.meta.dirname, "../fixtures/stubborn-mcp.mjs");

/** Cancels the task while the command runs, and checks that it is final in time with nothing left of it. */
async function cancelsInTime(sandbox: Sandbox, baton: Baton, id: string, command: string): Promise<void> {
  await waitForCommand(sandbox.root, command);
  const start = performance.now();
  const { code } = await baton.run(["cancel", id]);
  const took = performance.now() - start;
  expect(code).toBe(0);
  expect(took).toBeLessThan(LIMIT_MS);
  const left = (await processesOf(sandbox.root)).filter((found) => found.command === command);
  expect(left).toEqual([]);
  expect(await baton.task(["show", id])).toMatchObject({ status: "cancelled", error: null });
}

describe("cancelling", () => {
  it("is final in 5 s though Codex runs a shell that does not listen, with a program in a session of its own", async ({
    sandbox,
    baton,
  }) => {
    const shell = 'trap "" TERM INT; setsid tail -f README.md & while true; do sleep 1; done';
    const script = `SCRIPT ${JSON.stringify([{ shell }])}`;
    const { id } = await baton.task(["ask", "codex", "--background", script]);
    await cancelsInTime(sandbox, baton, id, "tail -f README.md");
  });

  it("is final in 5 s though Claude Code runs commands side by side", async ({ sandbox, baton }) => {
    const parallel = [{ shell: "tail -f README.md" }, { shell: "tail -f ./README.md" }];
    const { id } = await baton.task([
      "ask",
      "claude",
      "--background",
      `SCRIPT ${JSON.stringify([{ parallel }])}`,
    ]);
    await waitForCommand(sandbox.root, "tail -f README.md");
    await cancelsInTime(sandbox, baton, id, "tail -f README.md");
    const left = (await processesOf(sandbox.root)).filter(({ command }) => command.includes("tail -f"));
    expect(left).toEqual([]);
  });

  it("is final in 5 s though a tool of the user's own MCP server never answers", async ({
    sandbox,
    baton,
  }) => {
    await sandbox.writeUserFile(
      "home/.codex/config.toml",
      `${codexConfig(sandbox.model.url)}
[mcp_servers.stubborn]
command = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(STUBBORN)}]
`,
    );
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[agents.codex]\nmcp_servers = true\n");
    const call = { mcp: { server: "stubborn", tool: "wait_for_ever", arguments: {} } };
    const { id } = await baton.task(["ask", "codex", "--background", `SCRIPT ${JSON.stringify([call])}`]);
    await waitForCommand(sandbox.root, "tail -f /dev/null");
    const start = performance.now();
    await baton.run(["cancel", id]);
    expect(performance.now() - start).toBeLessThan(LIMIT_MS);
    expect(await baton.task(["show", id])).toMatchObject({ status: "cancelled" });
  });
});
