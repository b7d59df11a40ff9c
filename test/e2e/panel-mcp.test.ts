import type { Task } from "../../src/contracts/task.ts";
import { numberedText } from "../../testkit/model/answer.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { claudeArgv, registerInClaude, registerInCodex, RESULT, scripted, tool } from "../support/chain.ts";
import { connectMcp, type McpClient, type ToolResult } from "../support/mcp-client.ts";

const BOTH = ["codex", "claude"];
const HELD = 'SCRIPT [{"say":"late","wait_for":"go"}]';
const HERON = { when: "which bird?", steps: [{ say: "a heron" }] };

const taskIn = ({ structuredContent }: ToolResult) => structuredContent as unknown as Task;
const codeOf = ({ isError, content }: ToolResult) =>
  isError === true ? /^ERROR (\w+):/.exec(content[0]?.text ?? "")?.[1] : "ok";
const tasksOf = async (baton: Baton) =>
  ((await baton.json(["tasks"])) as { items: Task[] }).items.toReversed();
const shapeOf = (tasks: readonly Task[]) =>
  tasks.map(({ agent, status, lineage: { depth } }) => `${agent} ${depth} ${status}`);

/** The pieces of an answer, from this result on. */
async function pagesOf(client: McpClient, result: ToolResult): Promise<readonly string[]> {
  expect(JSON.stringify(result).length).toBeLessThan(32_000);
  const { id, answer, more } = taskIn(result);
  if (more === null) return [answer ?? ""];
  const next = await client.call("read_task", { task: id, offset: more.offset });
  return [answer ?? "", ...(await pagesOf(client, next))];
}

const wholeAnswer = async (client: McpClient, result: ToolResult) => (await pagesOf(client, result)).join("");

describe("ask_panel", () => {
  it("gives all answers and ids in both forms, tells who has answered, and what to call next", async ({
    sandbox,
  }) => {
    sandbox.model.rules.push(HERON);
    const client = await connectMcp(sandbox);
    const result = await client.call("ask_panel", { agents: BOTH, prompt: "which bird?" });
    const { children, session } = taskIn(result);
    expect(children).toMatchObject([
      { agent: "codex", answer: "a heron" },
      { agent: "claude", answer: "a heron" },
    ]);
    const text = result.content[0]?.text ?? "";
    for (const { id, session: own } of children ?? []) {
      expect(text).toContain(`(${id})\n\na heron`);
      expect(text).toContain(own);
    }
    expect(result.structuredContent["next"]).toContain(
      `ask_panel with the same agents and session "${session}"`,
    );
    const told = client.notifications.map(({ params }) => String(params?.["message"]));
    expect(told).toEqual(expect.arrayContaining(["codex has answered", "claude has answered"]));
    // Without names it goes on with those whom it has asked before, or asks all that are installed.
    const again = await client.call("ask_panel", { session, prompt: "which bird?" });
    expect(taskIn(again).children?.map((child) => child.session)).toEqual(
      children?.map((child) => child.session),
    );
    const all = await client.call("ask_panel", { prompt: "which bird?", quorum: 1, timeout: "1m" });
    expect(taskIn(all).children?.map(({ agent }) => agent)).toEqual(expect.arrayContaining(BOTH));
    await client.close();
  });

  it("stays below the size that clients cut, and read_task gives the rest of all of it", async ({
    sandbox,
  }) => {
    const said = numberedText(25_000);
    const client = await connectMcp(sandbox);
    const prompt = 'SCRIPT [{"say_characters":25000}]';
    const result = await client.call("ask_panel", { agents: BOTH, prompt });
    const { id, children } = taskIn(result);
    const sections = children?.map((child) => `## ${child.agent} (${child.id})\n\n${said}`);
    expect(await wholeAnswer(client, result)).toBe(sections?.join("\n\n"));
    for (const child of children ?? []) {
      const [first, second] = await pagesOf(client, await client.call("read_task", { task: child.id }));
      expect(first?.startsWith(child.answer ?? "-")).toBe(true);
      expect(said.startsWith(`${first}${second}`)).toBe(true);
      expect(child.more?.offset).toBe(child.answer?.length);
    }
    const several = await client.call("wait_tasks", {
      tasks: [id, ...(children ?? []).map((child) => child.id)],
    });
    expect(JSON.stringify(several).length).toBeLessThan(32_000);
    await client.close();
  });
});

describe("a delegate that asks a panel", () => {
  it("is held to the rules for each member, and the panel counts as one task of one delegation", async ({
    sandbox,
    baton,
  }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_tasks_below = 1\n");
    sandbox.model.rules.push(HERON);
    const { id } = await baton.task(["delegate", "codex", "--background", HELD]);
    await sandbox.model.waitForRequest(({ side }) => !side);
    const { native_id } = await baton.task(["show", id]);
    const meta = { threadId: native_id, sessionId: native_id };
    const client = await connectMcp(sandbox, { client: "codex-mcp-client", meta });
    // What the delegate was asked itself, its own agent among the members: nobody is asked.
    const same = await client.call("ask_panel", { agents: ["claude", "codex"], prompt: HELD });
    expect(codeOf(same)).toBe("loop_cycle");
    expect(await tasksOf(baton)).toHaveLength(1);

    const deeper = scripted(tool("ask_agent", { agent: "codex", prompt: "and you?" }), RESULT);
    const panel = taskIn(await client.call("ask_panel", { agents: BOTH, prompt: deeper }));
    expect(panel).toMatchObject({ status: "completed", lineage: { parent: id, depth: 2 } });
    for (const child of panel.children ?? []) {
      expect(child).toMatchObject({ access: "read", lineage: { parent: panel.id, depth: 2 } });
      expect(child.answer).toContain("loop_depth");
    }
    expect(codeOf(await client.call("ask_panel", { agents: BOTH, prompt: "which bird?" }))).toBe("fan_out");
    sandbox.model.release("go");
    await client.close();
  });
});

describe("a member of a panel", () => {
  it("sees neither the panel nor what the others say", async ({ sandbox, baton }) => {
    sandbox.model.rules.push(
      { when: "which bird?", model: /^gpt/, steps: [{ say: "late", wait_for: "go" }] },
      { when: "which bird?", model: /^claude/, steps: [{ say: "a heron" }] },
    );
    const { id } = await baton.task(["panel", "codex,claude", "--background", "which bird?"]);
    await sandbox.model.waitForRequest(({ api, side }) => api === "responses" && !side);
    const [codex, claude] = (await baton.task(["show", id])).children ?? [];
    await baton.run(["wait", String(claude?.id)]);
    const meta = { threadId: codex?.native_id, sessionId: codex?.native_id };
    const client = await connectMcp(sandbox, { client: "codex-mcp-client", meta });
    const seen = async (task: unknown) => codeOf(await client.call("read_task", { task }));
    expect(await seen(codex?.id)).toBe("ok");
    expect(await seen(claude?.id)).toBe("task_not_found");
    expect(await seen(id)).toBe("task_not_found");
    expect(codeOf(await client.call("cancel_task", { task: id }))).toBe("task_not_found");
    sandbox.model.release("go");
    await client.close();
  });
});

describe("a panel of the real agents' own", () => {
  const asked = scripted(tool("ask_panel", { agents: BOTH, prompt: "which bird?" }), RESULT);

  it("is asked by Claude Code", async ({ sandbox, baton }) => {
    sandbox.model.rules.push(HERON);
    const config = await registerInClaude(sandbox);
    const { code, stdout } = await sandbox.run(claudeArgv(config, asked));
    expect(code).toBe(0);
    // What its model is shown.
    const shown = JSON.parse(stdout) as Task;
    expect(shown).toMatchObject({ agent: "panel", status: "completed" });
    expect(shown.children?.map(({ answer }) => answer)).toEqual(["a heron", "a heron"]);
    expect(shapeOf(await tasksOf(baton))).toEqual([
      "panel 1 completed",
      "codex 1 completed",
      "claude 1 completed",
    ]);
  });

  it("is asked by codex exec", async ({ sandbox, baton }) => {
    sandbox.model.rules.push(HERON);
    await registerInCodex(sandbox);
    const { code, stdout } = await sandbox.run(["codex", "exec", "--json", "--", asked]);
    expect(code).toBe(0);
    expect(stdout).toContain("a heron");
    expect(shapeOf(await tasksOf(baton))).toEqual([
      "panel 1 completed",
      "codex 1 completed",
      "claude 1 completed",
    ]);
  });

  it("is asked by an agent that Baton has started, which may only read", async ({ sandbox, baton }) => {
    sandbox.model.rules.push(HERON);
    const task = await baton.task(["ask", "claude", asked]);
    expect(task.answer).toContain("a heron");
    expect(shapeOf(await tasksOf(baton))).toEqual([
      "claude 1 completed",
      "panel 2 completed",
      "codex 2 completed",
      "claude 2 completed",
    ]);
  });
});
