import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import type { Baton } from "../support/command.ts";
import { connectMcp } from "../support/mcp-client.ts";

const AGENTS = ["codex", "claude"] as const;
const FIXTURE = path.join(import.meta.dirname, "../fixtures/odd-agent.mjs");
/** What the imitation answers, and what of it a terminal may see. */
const ANSWER = "\u001b[31mred\u001b[0m \u001b]0;title\u0007and\u0008 plain\u009b2J 🦉";
const SHOWN = "red and plain2J 🦉";

/** The environment of a person whose agents are imitations that say something odd. */
async function withOddAgents(sandbox: Sandbox, oddity: string): Promise<Readonly<Record<string, string>>> {
  const program = path.join(sandbox.root, "bin", `agent-with-${oddity}`);
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${FIXTURE}" ${oddity} "$@"\n`, {
    mode: 0o755,
  });
  return { ...sandbox.env, BATON_CODEX_BIN: program, BATON_CLAUDE_BIN: program };
}

/** The most memory that the hub has had so far, in MB. */
async function peakOfHub(baton: Baton): Promise<number> {
  const status = await readFile(`/proc/${await baton.hubPid()}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

describe.each(AGENTS)("what %s says", (agent) => {
  it.runIf(process.platform === "linux")(
    "in a line of 200 MB costs the hub little memory, and the turn goes on",
    async ({ baton, sandbox }) => {
      const quiet = await withOddAgents(sandbox, "controls");
      await baton.task(["ask", agent, "hello"], { env: quiet });
      const before = await peakOfHub(baton);
      const env = await withOddAgents(sandbox, "endless-line");
      const task = await baton.task(["ask", agent, "hello"], { env });
      expect(task).toMatchObject({ status: "completed", answer: ANSWER });
      if (agent === "claude") expect(task.warnings.join()).toContain("too long");
      // About 90: 24 of the line are kept, the rest is what the collector lets lie.
      expect((await peakOfHub(baton)) - before).toBeLessThan(128);
    },
    60_000,
  );

  it("in a line that never ends, before it dies, fails the task as crashed", async ({ baton, sandbox }) => {
    const env = await withOddAgents(sandbox, "endless-line-and-death");
    expect(await baton.task(["ask", agent, "hello"], { env })).toMatchObject({
      status: "failed",
      error: { code: "agent_crashed", retryable: true },
    });
  }, 60_000);

  for (const oddity of ["broken-json", "binary"]) {
    it(`and is no message (${oddity}) does not end the turn`, async ({ baton, sandbox }) => {
      const env = await withOddAgents(sandbox, oddity);
      const task = await baton.task(["ask", agent, "hello"], { env });
      expect(task).toMatchObject({ status: "completed", answer: ANSWER });
      const logs = await baton.run(["logs", task.id], { env });
      expect(logs.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    });
  }

  it("to the terminal is kept exactly, and shown without its controls", async ({ baton, sandbox }) => {
    const env = await withOddAgents(sandbox, "controls");
    const { id, answer } = await baton.task(["ask", agent, "hello"], { env });
    expect(answer).toBe(ANSWER);
    expect(await baton.json(["show", id], { env })).toMatchObject({ answer: ANSWER });
    for (const args of [
      ["ask", agent, "hello"],
      ["ask", agent, "--stream", "hello"],
      ["wait", id],
    ]) {
      expect((await baton.run(args, { env })).stdout).toBe(`${SHOWN}\n`);
    }
    for (const args of [
      ["show", id],
      ["show", id, "--offset", "1"],
      ["logs", id],
    ]) {
      const { stdout } = await baton.run(args, { env });
      expect(stdout).toContain("and plain2J 🦉");
      expect(stdout).not.toMatch(/[\u0007\u0008\u001b\u009b]/);
    }
    const client = await connectMcp(sandbox, { env });
    const { structuredContent, content } = await client.call("ask_agent", { agent, prompt: "hello" });
    expect(structuredContent).toMatchObject({ answer: ANSWER });
    expect(content[0]?.text).toContain(ANSWER);
    await client.close();
  });
});

describe("a list", () => {
  it("may have more in it than one message of an agent", async ({ baton }) => {
    for (let count = 0; count < 8; count += 1) {
      await baton.run(["ask", "claude", 'SCRIPT [{"say_characters":4000000,"chunk":50000}]']);
    }
    const { items } = (await baton.json(["tasks"])) as { items: readonly Task[] };
    expect(items.map(({ more }) => more !== null)).toEqual(Array.from({ length: 8 }, () => true));
  });
});

describe("an answer of very many characters", () => {
  it("is given whole, page by page", async ({ baton, sandbox }) => {
    const client = await connectMcp(sandbox);
    const prompt = 'SCRIPT [{"say_characters":600000,"chunk":50000}]';
    const asked = await client.call("ask_agent", { agent: "codex", prompt, background: true });
    const task = await baton.task(["wait", String(asked.structuredContent["id"])]);
    const pieces: string[] = [task.answer ?? ""];
    let { more } = task;
    while (more !== null) {
      const result = await client.call("read_task", { task: task.id, offset: more.offset });
      expect(JSON.stringify(result).length).toBeLessThan(32_000);
      const page = result.structuredContent as unknown as Task;
      pieces.push(page.answer ?? "");
      more = page.more;
    }
    await client.close();
    const answer = pieces.join("");
    expect([answer.length, answer.slice(0, 7), answer.slice(-3)]).toEqual([600_000, "line 1\n", "END"]);
    for (const offset of [0, 345_678, 599_990]) {
      const { stdout } = await baton.run(["show", task.id, "--offset", String(offset), "--json"]);
      expect(stdout.length).toBeLessThan(32_000);
      const page = JSON.parse(stdout) as Task;
      expect(answer.startsWith(page.answer ?? "-", offset)).toBe(true);
    }
  }, 120_000);

  it.for(AGENTS)("arrives to its end from %s, five million of them", async (agent, { baton }) => {
    const { id, more } = await baton.task([
      "ask",
      agent,
      'SCRIPT [{"say_characters":5000000,"chunk":50000}]',
    ]);
    expect((more?.offset ?? 0) + (more?.remaining ?? 0)).toBe(5_000_000);
    const last = await baton.task(["show", id, "--offset", "4999997"]);
    expect([last.answer, last.more]).toEqual(["END", null]);
  });
});
