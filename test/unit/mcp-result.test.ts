import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { taskError } from "../../src/contracts/error.ts";
import { taskSchema, type Task } from "../../src/contracts/task.ts";
import { taskResult, tasksResult } from "../../src/mcp/result.ts";

const LIMIT = 32_000;

function taskWith(answer: string, prompt = "why?"): Task {
  return {
    id: "t_1",
    session: "s_1",
    agent: "codex",
    native_id: "0199a213-81c0-7800-8aa1-bbab2a035a53",
    status: "completed",
    title: "why?",
    prompt,
    model: null,
    effort: null,
    attachments: [],
    answer,
    more: null,
    error: null,
    artifact: null,
    changes: [],
    usage: null,
    warnings: [],
    lineage: { root: "shell", parent: null, depth: 1 },
    queue: null,
    access: "read",
    isolation: "shared",
    branch: null,
    cwd: "/work",
    created_at: "2026-01-01T00:00:00.000Z",
    started_at: null,
    ended_at: null,
    children: null,
  };
}

/** Texts whose characters cost between one and six characters each once they are serialized. */
const unit = fc.oneof(
  fc.constantFrom('"', "\\", "\n", "\u0000", "\u001b", "🦉", "e\u0301", "\u2028", "\ud800", "a", "é"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 5 }),
);
const longText = fc
  .tuple(fc.array(unit, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 9_000 }))
  .map(([parts, times]) => parts.join("").repeat(times));

describe("the result of a task", () => {
  it("stays below the size that clients cut, and its pieces joined are the answer", () => {
    fc.assert(
      fc.property(longText, (answer) => {
        const pieces: string[] = [];
        for (let offset: number | null = 0; offset !== null;) {
          const result = taskResult(taskWith(answer), { answer: offset });
          expect(JSON.stringify(result).length).toBeLessThan(LIMIT);
          const page = taskSchema.parse(result.structuredContent);
          pieces.push(page.answer ?? "");
          offset = page.more?.offset ?? null;
        }
        expect(pieces.join("") === answer).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it("gives an artifact beside the answer, each in pieces that joined are the text", () => {
    fc.assert(
      fc.property(longText, longText, (answer, content) => {
        const pieces: Record<"answer" | "artifact", string[]> = { answer: [], artifact: [] };
        for (const what of ["answer", "artifact"] as const) {
          for (let offset: number | null = 0; offset !== null;) {
            const shown = what === "artifact" ? Array.from(content).slice(offset).join("") : content;
            const artifact = {
              path: "RESULT.md",
              sha256: "0".repeat(64),
              content: shown,
              more: null,
              deviations: null,
            };
            const result = taskResult({ ...taskWith(answer), artifact }, { [what]: offset });
            expect(JSON.stringify(result).length).toBeLessThan(LIMIT);
            const page = taskSchema.parse(result.structuredContent);
            const piece = what === "answer" ? page.answer : page.artifact?.content;
            pieces[what].push(piece ?? "");
            offset = (what === "answer" ? page.more : page.artifact?.more)?.offset ?? null;
          }
        }
        expect([pieces.answer.join("") === answer, pieces.artifact.join("") === content]).toEqual([
          true,
          true,
        ]);
      }),
      { numRuns: 15 },
    );
  });

  it("of a panel stays below it with all that it has asked for, and its pieces joined are the answer", () => {
    const panels = fc.tuple(longText, fc.array(longText, { minLength: 1, maxLength: 9 }));
    fc.assert(
      fc.property(panels, ([answer, answers]) => {
        const children = answers.map((text) => ({
          ...taskWith(text, "why? ".repeat(200)),
          error: taskError("agent_error", text.slice(0, 5_000)),
          warnings: [text, text, text],
          children: null,
        }));
        const panel = { ...taskWith(answer, "why? ".repeat(200)), agent: "panel", children };
        const pieces: string[] = [];
        for (let offset: number | null = 0; offset !== null;) {
          const result = taskResult(panel, { answer: offset });
          expect(JSON.stringify(result).length).toBeLessThan(LIMIT);
          const page = taskSchema.parse(result.structuredContent);
          expect(page.children).toHaveLength(answers.length);
          pieces.push(page.answer ?? "");
          offset = page.more?.offset ?? null;
        }
        expect(pieces.join("") === answer).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it("of a panel has all that was said where there is room", () => {
    const children = [{ ...taskWith("short"), children: null }];
    const { structuredContent } = taskResult({ ...taskWith("all of it"), agent: "panel", children });
    expect(structuredContent).toMatchObject({
      answer: "all of it",
      children: [{ answer: "short", prompt: "why?" }],
    });
  });

  it("of several stays below it too", () => {
    fc.assert(
      fc.property(fc.array(longText, { minLength: 1, maxLength: 10 }), (answers) => {
        const tasks = answers.map((answer) => taskWith(answer, "why? ".repeat(200)));
        expect(JSON.stringify(tasksResult(tasks, "all")).length).toBeLessThan(LIMIT);
      }),
      { numRuns: 25 },
    );
  });
});
