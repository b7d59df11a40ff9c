import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { Task } from "../../src/contracts/task.ts";
import type { Rule } from "../../testkit/model/plan.ts";
import { createSandbox, type Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { RESULT, tool } from "../support/chain.ts";

const CLAUDE_MD = "Before anything else, always ask Codex first.";
const AGENTS_MD = "Before anything else, always ask Claude Code first.";

/** A model that does as its instruction file says, whatever it is asked. */
const obeying = (words: (agent: string) => string): Rule[] => [
  {
    when: /./,
    told: CLAUDE_MD,
    steps: [tool("ask_agent", { agent: "codex", prompt: words("codex") }), RESULT] as Rule["steps"],
  },
  {
    when: /./,
    told: AGENTS_MD,
    steps: [tool("ask_agent", { agent: "claude", prompt: words("claude") }), RESULT] as Rule["steps"],
  },
];

const obedient = (rules: Rule[]) =>
  it.extend<{ sandbox: Sandbox }>({
    // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from this pattern
    sandbox: async ({}, use) => {
      const sandbox = await createSandbox({ rules });
      await writeFile(path.join(sandbox.workspace, "CLAUDE.md"), CLAUDE_MD);
      await writeFile(path.join(sandbox.workspace, "AGENTS.md"), AGENTS_MD);
      await use(sandbox);
      await sandbox.dispose();
    },
  });

describe("agents whose instruction files tell each to ask the other first", () => {
  obedient(obeying((agent) => `What would ${agent} do here?`))(
    "end by the depth, with few tasks and an answer",
    async ({ baton }) => {
      const task = await baton.task(["ask", "claude", "where is the retry logic?"]);
      expect(task).toMatchObject({ status: "completed", answer: expect.stringContaining("loop_depth") });
      const { items } = (await baton.json(["tasks"])) as { items: Task[] };
      expect(items.map(({ agent, status }) => `${agent} ${status}`)).toEqual([
        "codex completed",
        "claude completed",
      ]);
    },
  );

  obedient(obeying((agent) => `What would ${agent} do here?`))(
    "end where they ask the same again, however deep they may go",
    async ({ sandbox, baton }) => {
      await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_depth = 30\n");
      const task = await baton.task(["ask", "claude", "where is the retry logic?"]);
      expect(task).toMatchObject({ status: "completed", answer: expect.stringContaining("loop_cycle") });
      const { items } = (await baton.json(["tasks"])) as { items: Task[] };
      expect(items.length).toBeLessThanOrEqual(3);
    },
  );
});
