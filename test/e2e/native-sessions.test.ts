import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { NativeSessionView } from "../../src/contracts/native-session.ts";
import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";
import { connectMcp, type McpClient } from "../support/mcp-client.ts";

const CLAUDE_ID = "11111111-2222-4333-8444-555555555555";
const GEMINI_ID = "22222222-2222-4333-8444-555555555555";

interface Page {
  readonly items: readonly NativeSessionView[];
  readonly next: string | null;
}

const list = async (baton: Baton, ...options: readonly string[]) =>
  (await baton.json(["sessions", "--native", ...options])) as Page;
const idsIn = ({ items }: Page) => items.map(({ native_id }) => native_id);

/** A conversation of the person's own with each agent, in this order. */
async function ownConversations(
  sandbox: Sandbox,
): Promise<{ readonly codexId: string; readonly elsewhere: string }> {
  const elsewhere = path.join(sandbox.home, "elsewhere");
  await mkdir(elsewhere);
  const claude = await sandbox.run([sandbox.clis.claude, "-p", "--session-id", CLAUDE_ID], {
    input: "the word is heron",
  });
  expect(claude.code, claude.stderr).toBe(0);
  const codex = await sandbox.run([sandbox.clis.codex, "exec", "--json", "--skip-git-repo-check", "-"], {
    input: "the word is lighthouse",
    cwd: elsewhere,
  });
  const codexId = /"thread_id":"([^"]+)"/.exec(codex.stdout)?.[1] ?? "";
  const gemini = await sandbox.run(["gemini", "-m", "gemini-3.8-flash", "--session-id", GEMINI_ID], {
    input: "the word is anchor",
  });
  expect(gemini.code, gemini.stderr).toBe(0);
  return { codexId, elsewhere };
}

describe("baton sessions --native", () => {
  it("lists what the agents have on disk, whoever began it, and each can be gone on with", async ({
    sandbox,
    baton,
  }) => {
    const { codexId, elsewhere } = await ownConversations(sandbox);
    const all = await list(baton);
    expect(all.items).toMatchObject([
      {
        agent: "gemini",
        native_id: GEMINI_ID,
        title: "the word is anchor",
        cwd: sandbox.workspace,
        turns: 1,
      },
      { agent: "codex", native_id: codexId, title: "the word is lighthouse", cwd: elsewhere, branch: null },
      {
        agent: "claude",
        native_id: CLAUDE_ID,
        title: "the word is heron",
        branch: "main",
        session: null,
        live: false,
      },
    ]);
    expect(all.items.every(({ bytes, updated_at }) => bytes > 0 && Date.parse(updated_at) > 0)).toBe(true);
    expect(all.items.at(-1)?.resume?.argv).toEqual(["claude", "--resume", CLAUDE_ID]);

    expect(idsIn(await list(baton, "--agent", "codex"))).toEqual([codexId]);
    expect(idsIn(await list(baton, "--query", "HERON"))).toEqual([CLAUDE_ID]);
    expect(idsIn(await list(baton, "--cwd", "."))).toEqual([GEMINI_ID, CLAUDE_ID]);
    expect(idsIn(await list(baton, "--cwd", elsewhere))).toEqual([codexId]);
    const first = await list(baton, "-n", "2");
    expect(idsIn(await list(baton, "-n", "2", "--after", String(first.next)))).toEqual([CLAUDE_ID]);
    expect(await list(baton, "--live")).toEqual({ items: [], next: null });
    const table = await baton.run(["sessions", "--native", "-n", "1"]);
    expect(table.stdout).toMatch(new RegExp(`^${GEMINI_ID}  gemini  -  1 turn  .*the word is anchor`));
    expect(table.stderr).toContain(`baton sessions --native --after gemini:${GEMINI_ID}`);
    for (const args of [
      ["sessions", "--cwd", "."],
      ["sessions", "--native", "--agent", "nobody"],
    ]) {
      expect(await baton.json(args)).toMatchObject({ error: { code: "invalid_argument" } });
    }

    // Each goes on where it was begun, and is then known as ours.
    for (const [agent, id, word, cwd] of [
      ["claude", CLAUDE_ID, "heron", sandbox.workspace],
      ["codex", codexId, "lighthouse", elsewhere],
    ] as const) {
      const prompt = 'SCRIPT [{"history":true}]';
      const task = await baton.task(["ask", agent, "--session", id, prompt], { cwd: sandbox.home });
      expect(task, task.error?.message ?? "").toMatchObject({ status: "completed", native_id: id, cwd });
      expect(task.answer).toContain(`the word is ${word}`);
      await baton.run(["rename", task.session, `about-${word}`]);
      expect((await list(baton, "--query", `about-${word}`)).items).toMatchObject([
        { agent, native_id: id, session: task.session, name: `about-${word}`, turns: 2 },
      ]);
    }
  });

  it("says what is open in a process now", async ({ sandbox, baton }) => {
    const script = 'SCRIPT [{"say":"x","wait_for":"go"}]';
    const claude = sandbox.start([sandbox.clis.claude, "-p", "--session-id", CLAUDE_ID], { input: script });
    const codex = sandbox.start([sandbox.clis.codex, "exec", "--json", "-"], { input: script });
    await sandbox.model.waitForRequest(({ api, side }) => api === "messages" && !side);
    await sandbox.model.waitForRequest(({ api, side }) => api === "responses" && !side);
    const live = await list(baton, "--live");
    const agents = process.platform === "linux" ? ["claude", "codex"] : ["claude"];
    expect(live.items.map(({ agent }) => agent).toSorted()).toEqual(agents);
    sandbox.model.release("go");
    await Promise.all([claude.result, codex.result]);
    expect(idsIn(await list(baton, "--live"))).toEqual([]);
  });
});

describe("list_sessions with native", () => {
  const seen = async (client: McpClient) => {
    const { structuredContent, content } = await client.call("list_sessions", { native: true });
    const ids = (structuredContent["items"] as NativeSessionView[]).map(({ native_id }) => native_id);
    for (const id of ids) expect(content[0]?.text).toContain(id);
    return ids;
  };

  it("shows an agent those of its repository, a delegate those of its own line, and lets it take over no others", async ({
    sandbox,
    baton,
  }) => {
    const { codexId } = await ownConversations(sandbox);
    const agent = await connectMcp(sandbox);
    expect(await seen(agent)).toEqual([GEMINI_ID, CLAUDE_ID]);
    const asked = { agent: "codex", prompt: "tell me", session: codexId };
    const { content } = await agent.call("ask_agent", asked);
    expect(content[0]?.text).toContain("ERROR session_not_found");
    const own = { agent: "claude", prompt: 'SCRIPT [{"history":true}]', session: CLAUDE_ID };
    expect((await agent.call("ask_agent", own)).structuredContent["answer"]).toContain("the word is heron");
    await agent.close();

    const { id } = await baton.task(["ask", "codex", "--background", 'SCRIPT [{"say":"x","wait_for":"go"}]']);
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("wait_for"));
    const task: Task = await baton.task(["show", id]);
    const meta = { threadId: task.native_id, sessionId: task.native_id };
    const delegate = await connectMcp(sandbox, { client: "codex-mcp-client", meta });
    expect(await seen(delegate)).toEqual([task.native_id]);
    sandbox.model.release("go");
    await delegate.close();
  });
});

it("shows no terminal what a hostile file would have it do", async ({ sandbox, baton }) => {
  const folder = path.join(sandbox.claudeHome, "projects", "-x");
  await mkdir(folder, { recursive: true });
  const record = {
    type: "user",
    uuid: "a",
    parentUuid: null,
    cwd: "/x\u001b[2J",
    gitBranch: "b\u0007",
    message: { role: "user", content: "a\u001b]0;owned\u0007 title" },
  };
  await writeFile(path.join(folder, `${CLAUDE_ID}.jsonl`), `${JSON.stringify(record)}\n`);
  const { stdout, code } = await baton.run(["sessions", "--native"]);
  expect(code).toBe(0);
  expect(stdout).toContain("a title");
  expect(stdout).not.toMatch(/[\u001b\u0007]/);
});
