import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { handoffSchema } from "../../src/contracts/handoff.ts";
import type { Task } from "../../src/contracts/task.ts";
import type { LoggedRequest } from "../../testkit/model/log.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { connectMcp, type ToolResult } from "../support/mcp-client.ts";

const says = (answer: string) => `SCRIPT [{"say":"${answer}"}]`;
const codeOf = ({ isError, content }: ToolResult) =>
  isError === true ? /^ERROR (\w+):/.exec(content[0]?.text ?? "")?.[1] : "ok";

/** A conversation that a person had with their own Codex. */
async function codexThread(sandbox: Sandbox, prompt: string): Promise<string> {
  const { stdout } = await sandbox.run([sandbox.clis.codex, "exec", "--json", "-"], { input: prompt });
  const id = /"thread_id":"([^"]+)"/.exec(stdout)?.[1];
  if (id === undefined) throw new Error(`no thread: ${stdout}`);
  return id;
}

function lastTurn({ model }: Sandbox): LoggedRequest {
  const found = model.requests.findLast(({ side }) => !side);
  if (found === undefined) throw new Error("nobody has asked the model");
  return found;
}

const userTexts = ({ entries }: LoggedRequest) =>
  entries.flatMap((entry) => (entry.role === "user" ? [entry.text] : []));

describe("baton handoff", () => {
  it("goes on in the other agent where there is a prompt, and says in which mode", async ({
    sandbox,
    baton,
  }) => {
    const thread = await codexThread(sandbox, `Call it lighthouse. ${says("It is called lighthouse.")}`);
    const task = await baton.task([
      "handoff",
      "--from",
      "codex",
      "--to",
      "claude",
      `What is it called? ${says("lighthouse")}`,
    ]);
    expect(task).toMatchObject({
      agent: "claude",
      status: "completed",
      answer: "lighthouse",
      access: "write",
      error: null,
    });
    expect(userTexts(lastTurn(sandbox)).join("\n")).toMatch(/Call it lighthouse\.[^]*What is it called\?/);
    // Where it went on, the same session goes on again.
    const again = await baton.task([
      "ask",
      "claude",
      "--session",
      task.session,
      `And again? ${says("still lighthouse")}`,
    ]);
    expect(again).toMatchObject({ native_id: task.native_id, answer: "still lighthouse" });

    const summed = handoffSchema.parse(
      await baton.json([
        "handoff",
        "--from",
        `codex:${thread}`,
        "--to",
        "gemini",
        "--mode",
        "summary",
        "--budget",
        "600",
      ]),
    );
    expect(summed).toMatchObject({
      mode: "summary",
      native_id: null,
      turned_to_text: [{ what: "turns", count: 1 }],
    });
    expect(summed.command).toBe(`baton delegate gemini --session ${summed.session} "…"`);
    const first = await baton.task([
      "ask",
      "gemini",
      "--session",
      summed.session,
      `Go on. ${says("gone on")}`,
    ]);
    expect(first).toMatchObject({ answer: "gone on", title: `Go on. ${says("gone on")}` });
    expect(userTexts(lastTurn(sandbox)).join("\n")).toMatch(
      /<handoff_context>[^]*Call it lighthouse[^]*<\/handoff_context>\s*Go on\./,
    );
    const requests = sandbox.model.requests.length;
    await baton.task(["ask", "gemini", "--session", summed.session, `Once more. ${says("done")}`]);
    const later = sandbox.model.requests.slice(requests).find(({ side }) => !side);
    expect(userTexts(later ?? lastTurn(sandbox)).at(-1)).not.toContain("handoff_context");
  });

  it("by files leaves one to go by, and has one come of it", async ({ sandbox, baton }) => {
    await codexThread(sandbox, `Call it lighthouse. ${says("It is called lighthouse.")}`);
    const asked = ["handoff", "--from", "codex", "--to", "claude", "--mode", "artifact"];
    const { session, files, command } = handoffSchema.parse(await baton.json(asked));
    const { reads = "", writes = "" } = files ?? {};
    expect(command).toBe(
      `baton delegate claude --session ${session} --reads ${reads} --writes ${writes} "…"`,
    );
    expect(await readFile(reads, "utf8")).toMatch(/^# Handoff[^]*Call it lighthouse\./);
    const content = "## Summary\nNamed.\n## Changes\nNone.\n## Deviations\nNone.\n";
    const result = path.join(sandbox.workspace, writes);
    const steps = [{ call: { name: "Write", input: { file_path: result, content } } }, { say: "written" }];
    const going = ["--session", session, "--reads", reads, "--writes", writes];
    const task = await baton.task(["delegate", "claude", ...going, `SCRIPT ${JSON.stringify(steps)}`]);
    expect(task).toMatchObject({ status: "completed", session, artifact: { path: writes, content } });
    expect(userTexts(lastTurn(sandbox)).join("\n")).toContain(path.relative(sandbox.workspace, reads));
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");
  });

  it("is what the error at a usage limit says, word for word", async ({ sandbox, baton }) => {
    const begun = await baton.task(["ask", "codex", `The plan is kept here. ${says("kept")}`]);
    const limited = await baton.task([
      "ask",
      "codex",
      "--session",
      begun.session,
      'SCRIPT [{"fail":{"status":429,"message":"usage limit"}}]',
    ]);
    expect(limited.error?.code).toBe("agent_rate_limited");
    const command = /`baton ([^`]+)`/.exec(limited.error?.hint ?? "")?.[1];
    expect(command).toBe(`handoff --from codex:${begun.native_id} --to claude "go on where this stopped"`);
    const args = (command ?? "").replace(/ ".*$/, "").split(" ");
    const moved = await baton.task([
      ...args,
      "--access",
      "read",
      `go on where this stopped ${says("taken over")}`,
    ]);
    expect(moved).toMatchObject({ agent: "claude", answer: "taken over" });
    expect(userTexts(lastTurn(sandbox)).join("\n")).toContain("The plan is kept here.");
  });

  it("refuses what it cannot do, and leaves nothing behind", async ({ sandbox, baton }) => {
    await codexThread(sandbox, `Hello. ${says("hello")}`);
    const conversations = async () =>
      (await readdir(sandbox.root, { recursive: true })).filter((file) => file.endsWith(".jsonl"));
    const before = await conversations();
    const codeFor = async (...args: readonly string[]) => {
      const { error } = (await baton.json(["handoff", ...args])) as { error: { code: string } };
      return error.code;
    };
    const id = "01a21f7a-24e7-76f0-a661-7739992e8fc7";
    expect(await codeFor("--from", `codex:${id}`, "--to", "claude")).toBe("session_not_found");
    expect(await codeFor("--from", "codex:../../secret", "--to", "claude")).toBe("invalid_argument");
    expect(await codeFor("--from", "claude", "--to", "codex")).toBe("session_not_found");
    expect(await codeFor("--from", "codex", "--to", "nobody")).toBe("invalid_argument");
    expect(
      await codeFor("--from", "codex", "--to", "claude", "--mode", "artifact", "--access", "read", "x"),
    ).toBe("invalid_argument");
    expect(await codeFor("--from", "codex", "--to", "claude", "--budget", "1")).toBe("invalid_argument");
    expect(await codeFor("--from", "codex", "--to", "claude", "--access", "full", "x")).toBe("access_denied");
    const env = { ...sandbox.env, PATH: path.dirname(process.execPath) };
    const missing = await baton.run(["handoff", "--from", "codex", "--to", "gemini"], { env });
    expect(missing.code).toBe(3);
    expect(await conversations()).toEqual(before);
    expect(await baton.json(["sessions"])).toMatchObject({ items: [] });
  });
});

describe("handoff_session", () => {
  it("hands on what the caller may see: a delegate its own line, and nothing beside it", async ({
    sandbox,
    baton,
  }) => {
    const foreign = await codexThread(sandbox, `A secret of somebody's. ${says("kept")}`);
    const own = await connectMcp(sandbox, { client: "codex-mcp-client" });
    const prepared = await own.call("handoff_session", { from_agent: "codex", agent: "claude" });
    expect(prepared.structuredContent).toMatchObject({
      agent: "claude",
      mode: "history",
      from: { native_id: foreign },
    });
    expect(prepared.content[0]?.text).toContain(String(prepared.structuredContent["session"]));

    const held = await baton.task([
      "ask",
      "codex",
      "--background",
      'SCRIPT [{"say":"late","wait_for":"go"}]',
    ]);
    await sandbox.model.waitForRequest(({ side, prompt }) => !side && prompt.includes("wait_for"));
    const task: Task = await baton.task(["show", held.id]);
    const meta = { threadId: task.native_id, sessionId: task.native_id };
    const delegate = await connectMcp(sandbox, { client: "codex-mcp-client", meta });
    const hand = (args: Readonly<Record<string, unknown>>) =>
      delegate.call("handoff_session", { from_agent: "codex", agent: "claude", ...args });
    expect(codeOf(await hand({ from_session: foreign }))).toBe("session_not_found");
    expect(codeOf(await hand({ from_session: task.session, prompt: "change it" }))).toBe("access_denied");
    const below = await hand({
      from_session: task.session,
      access: "read",
      prompt: `Go on. ${says("went on")}`,
    });
    expect(below.structuredContent).toMatchObject({
      answer: "went on",
      access: "read",
      lineage: { parent: task.id, depth: 2 },
    });
    // It stands among the delegate's own from the moment on that it is prepared.
    const summed = await hand({
      from_session: task.session,
      mode: "summary",
      fields: { next_step: "Mend the roof." },
    });
    expect(summed.structuredContent).toMatchObject({
      mode: "summary",
      warnings: [expect.stringContaining("open")],
    });
    const session = String(summed.structuredContent["session"]);
    const asked = await delegate.call("ask_agent", {
      agent: "claude",
      session,
      prompt: `Next. ${says("roof")}`,
    });
    expect(asked.structuredContent).toMatchObject({ session, answer: "roof" });
    expect(userTexts(lastTurn(sandbox)).join("\n")).toContain("Mend the roof.");
    sandbox.model.release("go");
    await Promise.all([own.close(), delegate.close()]);
  });
});

describe("a summary by the agent itself", () => {
  const WORDS = "We chose slate, because tin rusts.";

  it.for(["claude", "codex", "gemini"])(
    "is written by %s in a copy of the conversation, of which nothing is left",
    async (from, { sandbox, baton }) => {
      const begun = await baton.task(["ask", from, `Which roof? ${says("Slate.")}`]);
      const conversations = async () => {
        const files = (await readdir(sandbox.root, { recursive: true })).filter((file) =>
          file.endsWith(".jsonl"),
        );
        return Promise.all(
          files.map(async (file) => [file, await readFile(path.join(sandbox.root, file), "utf8")] as const),
        );
      };
      await baton.run(["hub", "stop"]);
      const before = await conversations();
      sandbox.model.rules.push({ when: "Another coding agent will go on", steps: [{ say: WORDS }] });
      const to = from === "claude" ? "codex" : "claude";
      const args = ["--from", `${from}:${begun.native_id}`, "--to", to, "--mode", "summary", "--by-agent"];
      const handoff = handoffSchema.parse(await baton.json(["handoff", ...args]));
      expect(handoff).toMatchObject({ mode: "summary", warnings: [] });
      const asked = sandbox.model.requests.find(({ prompt }) =>
        prompt.includes("Another coding agent will go on"),
      );
      expect(JSON.stringify(asked?.entries)).toContain("Which roof?");
      await baton.run(["hub", "stop"]);
      // Gemini CLI begins an empty file at every start; Baton sweeps those away later.
      const after = new Map(await conversations());
      for (const [file, text] of before) expect(after.get(file)).toBe(text);
      const added = [...after].filter(([file]) => !before.some(([known]) => known === file));
      expect(added.filter(([, text]) => /Which roof|slate/.test(text))).toEqual([]);
      await baton.task(["ask", to, "--session", handoff.session, `And now? ${says("Nail it on.")}`]);
      expect(userTexts(lastTurn(sandbox)).join("\n")).toContain(WORDS);
    },
  );
});
