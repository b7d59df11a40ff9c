import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Session } from "../../src/contracts/session.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import type { Baton } from "../support/command.ts";

const CONFIG = "home/.config/baton/config.toml";
const list = async (baton: Baton) => ((await baton.json(["sessions"])) as { items: Session[] }).items;

/** Removes what the agent itself keeps of a conversation. */
async function removeConversation(sandbox: Sandbox, agent: string, nativeId: string): Promise<number> {
  const folder = agent === "codex" ? sandbox.codexHome : sandbox.claudeHome;
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.includes(nativeId) && name.endsWith(".jsonl"));
  await Promise.all(files.map((name) => rm(path.join(folder, name))));
  return files.length;
}

describe.each(["codex", "claude"])("a conversation with %s", (agent) => {
  it("is rebuilt from what Baton has of it when the agent has lost it, and the task says so", async ({
    baton,
    sandbox,
  }) => {
    await baton.run(["ask", agent, "--session", "plan", "the word is heron"]);
    const before = await baton.task(["ask", agent, "--session", "plan", "the other word is lighthouse"]);
    await baton.run(["hub", "stop"]);
    expect(await removeConversation(sandbox, agent, String(before.native_id))).toBeGreaterThan(0);

    const next = await baton.task(["ask", agent, "--session", "plan", "which words were they?"]);
    expect(next).toMatchObject({ status: "completed", session: before.session });
    expect(next.warnings.join()).toContain("rebuilt from Baton's own record (2 exchanges)");
    expect(next.native_id).not.toBe(before.native_id);
    const request = JSON.stringify(sandbox.model.requests.findLast(({ side }) => !side)?.body);
    expect(request.indexOf("the word is heron")).toBeGreaterThan(0);
    expect(request.indexOf("the other word is lighthouse")).toBeGreaterThan(
      request.indexOf("the word is heron"),
    );

    const after = await baton.task(["ask", agent, "--session", "plan", 'SCRIPT [{"history":true}]']);
    expect(after).toMatchObject({ native_id: next.native_id, warnings: [] });
    expect(after.answer).toContain("which words were they?");
  });

  it("begins anew when it was broken off before anybody kept anything of it", async ({ sandbox, baton }) => {
    const { id, session } = await baton.task(["ask", agent, "--background", 'SCRIPT [{"hang":true}]']);
    await sandbox.model.waitForRequest(({ side }) => !side);
    await baton.run(["cancel", id]);
    await baton.run(["hub", "stop"]);
    for (const folder of [
      path.join(sandbox.codexHome, "sessions"),
      path.join(sandbox.claudeHome, "projects"),
    ]) {
      await rm(folder, { recursive: true, force: true });
    }
    const next = await baton.task(["ask", agent, "--session", session, 'SCRIPT [{"say":"here"}]']);
    expect(next).toMatchObject({ status: "completed", answer: "here", session });
    expect(next.warnings).toEqual([expect.stringContaining("begins anew")]);
    const again = await baton.task(["ask", agent, "--session", session, 'SCRIPT [{"history":true}]']);
    expect(again.answer).toContain("assistant: here");
    expect(again.warnings).toEqual([]);
  });

  it("that never was ours is not made up", async ({ baton }) => {
    const unknown = "0199c9a4-1111-7222-8333-123456789abc";
    const task = await baton.task(["ask", agent, "--session", unknown, "hello"]);
    expect(task).toMatchObject({ status: "failed", error: { code: "session_not_found" } });
  });

  it("is forgotten by us and still there for the agent", async ({ baton }) => {
    const { session, native_id } = await baton.task(["ask", agent, "the word is heron"]);
    const { stderr, code } = await baton.run(["forget", session]);
    expect(code).toBe(0);
    expect(stderr).toContain(`${agent} still has its own conversation ${native_id}`);
    expect(await list(baton)).toEqual([]);
    const again = await baton.run(["ask", agent, "--session", session, "hello"]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("was forgotten");
    const adopted = await baton.task([
      "ask",
      agent,
      "--session",
      String(native_id),
      'SCRIPT [{"history":true}]',
    ]);
    expect(adopted.answer).toContain("the word is heron");
  });
});

describe("baton rename", () => {
  it("names a session by its id, the agent's id or its name, in one form of Unicode", async ({ baton }) => {
    const { session, native_id } = await baton.task(["ask", "codex", "hello"]);
    for (const [reference, name] of [
      [session, "one"],
      [String(native_id), "two"],
      ["two", "cafe\u0301"],
    ]) {
      expect(await baton.json(["rename", String(reference), String(name)])).toMatchObject({
        id: session,
        name: name?.normalize("NFC"),
      });
    }
    const next = await baton.task(["ask", "codex", "--session", "caf\u00e9", "hello"]);
    expect(next.session).toBe(session);
  });

  it("refuses a name that is taken, looks like an id, or belongs to several sessions", async ({ baton }) => {
    await baton.task(["ask", "codex", "--session", "plan", "hello"]);
    const { session } = await baton.task(["ask", "codex", "hello"]);
    expect(await baton.json(["rename", session, "plan"])).toMatchObject({ error: { code: "conflict" } });
    for (const name of [session, "t_4k2m9", "0199c9a4-1111-7222-8333-123456789abc", "../x"]) {
      expect(await baton.json(["rename", session, name])).toMatchObject({
        error: { code: "invalid_argument" },
      });
    }
    await baton.task(["ask", "claude", "--session", "plan", "hello"]);
    const many = await baton.run(["rename", "plan", "other"]);
    expect(many.stderr).toContain("--agent");
    expect(await baton.json(["rename", "plan", "other", "--agent", "claude"])).toMatchObject({
      agent: "claude",
      name: "other",
    });
    expect(await baton.json(["rename", "nothing", "other"])).toMatchObject({
      error: { code: "session_not_found" },
    });
  });
});

describe("a session", () => {
  it("is not forgotten while a task of it is under way", async ({ baton, sandbox }) => {
    const script = 'SCRIPT [{"say":"late","wait_for":"go"}]';
    const { session, id } = await baton.task(["ask", "codex", "--background", script]);
    expect(await baton.json(["forget", session])).toMatchObject({ error: { code: "session_busy" } });
    sandbox.model.release("go");
    await baton.run(["wait", id]);
    expect(await baton.json(["forget", session])).toMatchObject({ id: session });
  });

  it("expires, and whoever names it is told so and how to go on", async ({ baton, sandbox }) => {
    const { session, native_id } = await baton.task(["ask", "codex", "hello"]);
    await baton.run(["hub", "stop"]);
    await sandbox.writeUserFile(CONFIG, '[sessions]\nttl = "1ms"\n');
    const { code, stderr } = await baton.run(["ask", "codex", "--session", session, "hello"]);
    expect(code).toBe(2);
    expect(stderr).toContain("has expired");
    expect(stderr).toContain(`--session ${native_id}`);
  });

  it("gives way to newer ones beyond the maximum", async ({ baton, sandbox }) => {
    const first = await baton.task(["ask", "codex", "one"]);
    const second = await baton.task(["ask", "codex", "two"]);
    const third = await baton.task(["ask", "codex", "--session", first.session, "three"]);
    await baton.run(["hub", "stop"]);
    await sandbox.writeUserFile(CONFIG, "[sessions]\nmax = 1\n");
    expect((await list(baton)).map(({ id }) => id)).toEqual([third.session]);
    expect((await baton.run(["show", second.id])).stderr).toContain("there is no task");
  });

  it("that is open in the user's own Codex is said to be so, with a way on", async ({ baton, sandbox }) => {
    const { session, native_id } = await baton.task(["ask", "codex", "hello"]);
    await baton.run(["hub", "stop"]);
    const script = 'SCRIPT [{"say":"mine","wait_for":"done"}]';
    const own = sandbox.start([sandbox.clis.codex, "exec", "resume", String(native_id), script]);
    await sandbox.model.waitForRequest(({ prompt }) => prompt.includes("mine"));
    const task = await baton.task(["ask", "codex", "--session", session, "hello"]);
    expect(task.error).toMatchObject({ code: "session_busy" });
    expect(task.error?.hint).toContain("codex fork");
    sandbox.model.release("done");
    await own.result;
  });
});
