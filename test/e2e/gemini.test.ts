import path from "node:path";

import type { Session } from "../../src/contracts/session.ts";
import type { Task } from "../../src/contracts/task.ts";
import { waitForCommand, waitForNone } from "../../testkit/processes.ts";
import { handedOn, registerInCodex, registerInGemini, RESULT, scripted, tool } from "../support/chain.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";

const PLENTY = 120_000;
const HISTORY = scripted({ history: true });

async function tasksOf(baton: Baton): Promise<readonly Task[]> {
  const { items } = (await baton.json(["tasks"])) as { items: Task[] };
  return items.toReversed();
}

const rule = (summary: string) =>
  `[[approvals.rules]]\nagent = "gemini"\nkind = "command"\nsummary = "${summary}"\ndecision = "approve"\n`;

describe("Gemini CLI among the others", { timeout: PLENTY }, () => {
  it("is asked by Codex and asked again, over a new start of the hub", async ({ sandbox, baton }) => {
    await registerInCodex(sandbox);
    const asking = (prompt: string) =>
      sandbox.run([
        "codex",
        "exec",
        "--json",
        "--",
        scripted(tool("ask_agent", { agent: "gemini", prompt, session: "plan" }), RESULT),
      ]);
    const first = await asking("the word is heron");
    expect(first.stdout).toContain("the word is heron");
    await baton.run(["hub", "stop"]);
    const second = await asking(HISTORY);
    expect(second.stdout).toContain("assistant: You said:");
    // What the model itself was told, in order.
    const told = sandbox.model.requests.filter(({ api, side }) => api === "generate" && !side);
    expect(told.map(({ entries }) => entries.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "user"],
    ]);
    expect(told[1]?.entries[0]).toMatchObject({ text: expect.stringContaining("the word is heron") });
    const tasks = await tasksOf(baton);
    expect(tasks.map(({ agent, status }) => [agent, status])).toEqual([
      ["gemini", "completed"],
      ["gemini", "completed"],
    ]);
    expect(tasks[1]?.session).toBe(tasks[0]?.session);
  });

  it("asks Codex: as a delegate's delegate, and as a person's own", async ({ sandbox, baton }) => {
    const delegate = await baton.task(["ask", "gemini", handedOn(["codex", "claude"])]);
    expect(delegate.answer).toContain("loop_depth");
    await registerInGemini(sandbox);
    const prompt = scripted(
      tool("ask_agent", { agent: "codex", prompt: scripted({ say: "codex was here" }) }),
      RESULT,
    );
    const own = await sandbox.run(["gemini", "-o", "json", `--prompt=${prompt}`]);
    expect(JSON.parse(own.stdout).response).toContain("codex was here");
    const [gemini, below, fromOwn] = await tasksOf(baton);
    expect(gemini?.lineage).toMatchObject({ parent: null, depth: 1 });
    expect(below).toMatchObject({ agent: "codex", lineage: { parent: gemini?.id, depth: 2 } });
    expect(fromOwn).toMatchObject({
      agent: "codex",
      status: "completed",
      lineage: { parent: null, depth: 1 },
    });
    expect(fromOwn?.lineage.root).not.toBe(gemini?.lineage.root);
  });

  it("works and is cancelled, and opens again where it was", async ({ sandbox, baton }) => {
    await sandbox.writeUserFile(
      "home/.config/baton/config.toml",
      ["sleep *", "touch *"].map(rule).join("\n"),
    );
    const task = await baton.task(["delegate", "gemini", scripted({ shell: "touch made" }, { say: "done" })]);
    expect(task).toMatchObject({ status: "completed", access: "write" });
    const { id } = await baton.task(["delegate", "gemini", "--background", scripted({ shell: "sleep 300" })]);
    await waitForCommand(sandbox.workspace, "sleep 300");
    await baton.run(["cancel", id]);
    expect(await baton.task(["wait", id])).toMatchObject({ status: "cancelled" });
    const { items } = (await baton.json(["sessions", "--agent", "gemini"])) as { items: Session[] };
    const { resume } = items.find((session) => session.id === task.session) ?? {};
    const [program = "", ...args] = resume?.argv ?? [];
    const opened = await sandbox.run([program, ...args, "-o", "json", `--prompt=${HISTORY}`], {
      env: { ...sandbox.env, ...resume?.env },
    });
    expect(JSON.parse(opened.stdout).response).toContain("assistant: done");
    await baton.run(["hub", "stop"]);
    expect(await waitForNone(path.join(sandbox.batonHome, "agents"), 5_000)).toEqual([]);
  });
});
