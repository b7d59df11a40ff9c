import { z } from "zod";
import { codexWriter } from "../../src/agents/codex/transcripts/write.ts";
import type { HistoryEntry } from "../../src/core/history/entry.ts";
import { describe, expect, it } from "../../testkit/vitest.ts";
import { ownAppServer } from "./native-kit.ts";

const AT = "2026-11-28T01:00:00.000Z";
const ENTRIES: readonly HistoryEntry[] = [
  { kind: "note", text: "<handoff_context>\nfrom elsewhere\n</handoff_context>", at: AT },
  { kind: "user", text: "Build it.", at: AT },
  { kind: "assistant", text: "I will.", at: AT },
  { kind: "shell", command: "make", output: "broken\n", outcome: "failed", at: AT },
  {
    kind: "edit",
    edits: [{ path: "/work/a.js", change: "update", diff: "@@ -1 +1 @@\n-a\n+b\n", isCut: false }],
    output: "",
    outcome: "ok",
    at: AT,
  },
  { kind: "tool", name: "Look", input: { at: "b" }, output: "seen", outcome: "ok", at: AT },
  { kind: "user", text: "Thank you.", at: AT },
  { kind: "assistant", text: "You are welcome.", at: AT },
];

const listSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string(), preview: z.string() })) });
const threadSchema = z.looseObject({
  thread: z.looseObject({
    turns: z.array(z.looseObject({ items: z.array(z.looseObject({ type: z.string() })) })),
  }),
});

describe("a thread that was written for Codex", () => {
  it("is in Codex's own list, and shows a person its turns with commands, changes and tools", async ({
    sandbox,
  }) => {
    const written = await codexWriter.write({
      env: sandbox.env,
      cwd: sandbox.workspace,
      entries: ENTRIES,
      title: "x",
      at: AT,
    });
    const codex = await ownAppServer(sandbox);
    const list = listSchema.parse(await codex.call("thread/list", {}));
    expect(list.data).toMatchObject([{ id: written.nativeId, preview: "Build it." }]);
    const options = { threadId: written.nativeId, cwd: sandbox.workspace };
    const { thread } = threadSchema.parse(await codex.call("thread/resume", options));
    expect(thread.turns.map(({ items }) => items)).toMatchObject([
      [
        { type: "userMessage" },
        { type: "agentMessage", text: "I will." },
        { type: "commandExecution", status: "failed", aggregatedOutput: "broken\n" },
        { type: "fileChange", changes: [{ path: "/work/a.js", diff: "@@ -1 +1 @@\n-a\n+b\n" }] },
        { type: "mcpToolCall", tool: "Look", status: "completed" },
      ],
      [{ type: "userMessage" }, { type: "agentMessage", text: "You are welcome." }],
    ]);
    await codex.close();
  });
});
