import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { BATON } from "../support/command.ts";
import {
  claudeArgv,
  handedOn,
  registerInClaude,
  registerInCodex,
  RESULT,
  scripted,
  tool,
} from "../support/chain.ts";

/** The tasks in the order in which they were asked for. */
async function tasksOf(baton: Baton): Promise<readonly Task[]> {
  const { items } = (await baton.json(["tasks"])) as { items: Task[] };
  return items.toReversed();
}

const shapeOf = (tasks: readonly Task[]) =>
  tasks.map(({ agent, status, lineage: { depth } }) => `${agent} ${depth} ${status}`);

describe("a chain of delegations", () => {
  it("from Claude Code to Codex to Claude Code ends there: the next hop is refused in words", async ({
    sandbox,
    baton,
  }) => {
    const config = await registerInClaude(sandbox);
    const { code, stdout } = await sandbox.run(claudeArgv(config, handedOn(["codex", "claude", "codex"])));
    expect(code).toBe(0);
    const tasks = await tasksOf(baton);
    expect(shapeOf(tasks)).toEqual(["codex 1 completed", "claude 2 completed"]);
    const [first, second] = tasks;
    expect(second?.lineage).toMatchObject({ parent: first?.id, root: first?.lineage.root });
    // What the last one in the chain was told.
    expect(second?.answer).toContain("loop_depth");
    expect(second?.answer).toContain(
      `${first?.lineage.root} -> codex (${first?.id}) -> claude (${second?.id}) -> codex`,
    );
    expect(stdout).toContain("loop_depth");
    const tree = (await baton.run(["show", String(second?.id)])).stdout;
    expect(tree).toContain(`└─ codex  ${first?.id}`);
    expect(tree).toContain(`   └─ claude  ${second?.id}`);
  });

  it("from codex exec to Claude Code to Codex ends there as well", async ({ sandbox, baton }) => {
    await registerInCodex(sandbox);
    const prompt = handedOn(["claude", "codex", "claude"]);
    const { code, stdout } = await sandbox.run(["codex", "exec", "--json", "--", prompt]);
    expect(code).toBe(0);
    expect(stdout).toContain("loop_depth");
    expect(shapeOf(await tasksOf(baton))).toEqual(["claude 1 completed", "codex 2 completed"]);
  });

  it("that a person begins counts from there", async ({ baton }) => {
    const task = await baton.task(["ask", "codex", handedOn(["claude", "codex"])]);
    expect(task.answer).toContain("loop_depth");
    expect(shapeOf(await tasksOf(baton))).toEqual(["codex 1 completed", "claude 2 completed"]);
  });

  it("goes through a sub-agent of Codex as through Codex itself", async ({ sandbox, baton }) => {
    const message = scripted(tool("ask_agent", { agent: "claude", prompt: handedOn(["codex"]) }), RESULT);
    const spawn = { call: { namespace: "multi_agent_v1", name: "spawn_agent", input: { message } } };
    const prompt = scripted(spawn, { say: "done", wait_for: "the sub-agent has its answer" });
    const { id } = await baton.task(["ask", "codex", "--background", prompt]);
    // The sub-agent has asked Claude Code, whose own call was refused, and has told its model so.
    await sandbox.model.waitForRequest(
      ({ api, body }) => api === "responses" && JSON.stringify(body).includes("loop_depth"),
    );
    sandbox.model.release("the sub-agent has its answer");
    await baton.run(["wait", id]);
    const tasks = await tasksOf(baton);
    expect(shapeOf(tasks)).toEqual(["codex 1 completed", "claude 2 completed"]);
    expect(tasks[1]?.lineage.parent).toBe(id);
  });

  it("may be as deep as the config says", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_depth = 3\n");
    const task = await baton.task(["ask", "codex", handedOn(["claude", "codex", "claude"])]);
    expect(task.answer).toContain("loop_depth");
    expect(shapeOf(await tasksOf(baton))).toEqual([
      "codex 1 completed",
      "claude 2 completed",
      "codex 3 completed",
    ]);
  });

  it("begins deeper where another bridge says so, and never less deep", async ({ sandbox, baton }) => {
    const env = (depth: string) => ({ env: { ...sandbox.env, BRIDGE_DEPTH: depth } });
    const refused = await baton.run(["ask", "codex", "hello"], env("2"));
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("loop_depth")]);
    expect(await baton.task(["ask", "codex", "hello"], env("1"))).toMatchObject({ lineage: { depth: 2 } });
    for (const depth of ["-5", "x", ""]) {
      expect(await baton.task(["ask", "codex", "hello"], env(depth))).toMatchObject({
        lineage: { depth: 1 },
      });
    }
  });
});

/** What an agent may take out of the environment to hide where it is. */
const HIDING = ["BATON_", "BRIDGE_", "CLAUDE", "CODEX_THREAD_ID", "CODEX_SESSION_ID", "CODEX_TOOL"];
const HIDDEN = `for name in $(compgen -e | grep -E '^(${HIDING.join("|")})' | grep -vE '^(CLAUDE_CONFIG_DIR|BATON_HOME|BATON_CONFIG)$'); do unset "$name"; done`;
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

describe.for(["claude", "codex"])("the shell of %s, which has full access and hides where it is", (agent) => {
  const other = agent === "claude" ? "codex" : "claude";

  it("is still below its task when it calls Baton", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[access]\nmax = "full"\n');
    const home = `export BATON_HOME=${sandbox.batonHome} BATON_CONFIG=${sandbox.env["BATON_CONFIG"]}`;
    const asked = `${process.execPath} ${BATON} ask ${other} ${quoted(handedOn([agent]))}`;
    const prompt = scripted({ shell: `${HIDDEN}; ${home}; ${asked}` }, RESULT);
    const task = await baton.task(["delegate", agent, "--access", "full", prompt]);
    expect(task.answer).toContain("loop_depth");
    expect(shapeOf(await tasksOf(baton))).toEqual([`${agent} 1 completed`, `${other} 2 completed`]);
  });

  it("is still below its task when it starts another agent by hand", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[access]\nmax = "full"\n');
    await registerInCodex(sandbox);
    const config = await registerInClaude(sandbox);
    const inner = handedOn([agent, other]);
    const argv =
      other === "codex"
        ? [path.join(sandbox.root, "bin", "codex"), "exec", "--skip-git-repo-check", "--", inner]
        : [
            path.join(sandbox.root, "bin", "claude"),
            "-p",
            "--mcp-config",
            config,
            "--allowedTools",
            "mcp__baton",
            "--",
            inner,
          ];
    const {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      MODEL_KEY: modelKey,
      CODEX_HOME: codexHome,
    } = sandbox.env;
    const needed = `export BATON_HOME=${sandbox.batonHome} BATON_CONFIG=${sandbox.env["BATON_CONFIG"]} ANTHROPIC_BASE_URL=${url} ANTHROPIC_API_KEY=${key} MODEL_KEY=${modelKey} CODEX_HOME=${codexHome} CLAUDE_CONFIG_DIR=${sandbox.claudeHome}`;
    const prompt = scripted(
      { shell: `${HIDDEN}; ${needed}; ${argv.map(quoted).join(" ")} </dev/null` },
      RESULT,
    );
    const task = await baton.task(["delegate", agent, "--access", "full", prompt]);
    expect(task.answer).toContain("loop_depth");
    const tasks = await tasksOf(baton);
    expect(shapeOf(tasks)).toEqual([`${agent} 1 completed`, `${agent} 2 completed`]);
    expect(tasks[1]?.lineage.parent).toBe(task.id);
  });
});
