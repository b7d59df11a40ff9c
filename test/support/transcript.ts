import type { Transcript, TranscriptItem } from "../../src/core/transcript.ts";

type Words = string | { readonly text: string; readonly missing: number };

const cut = (words: Words) => (typeof words === "string" ? { text: words, missing: 0 } : words);

export const user = (words: Words): TranscriptItem => ({ kind: "user", text: cut(words), at: null });
export const agent = (words: Words): TranscriptItem => ({ kind: "assistant", text: cut(words), at: null });
export const condensed = (words: Words): TranscriptItem => ({
  kind: "condensed",
  text: cut(words),
  at: null,
});

export function command(
  line: string,
  outcome: "ok" | "failed" | "denied" | "unknown",
  output: Words | null = null,
): TranscriptItem {
  return {
    kind: "tool",
    id: line,
    name: "Bash",
    command: line,
    input: { command: line },
    output: output === null ? null : cut(output),
    outcome,
    at: null,
  };
}

export function asked(name: string, question: string, output: string): TranscriptItem {
  const input = { questions: [{ question }] };
  return {
    kind: "tool",
    id: question,
    name,
    command: null,
    input,
    output: cut(output),
    outcome: "ok",
    at: null,
  };
}

export function edit(path: string, change: "add" | "update" | "delete", diff: Words | null): TranscriptItem {
  return { kind: "edit", path, change, diff: diff === null ? null : cut(diff), tool: null, at: null };
}

export function plan(
  ...steps: readonly (readonly [string, "pending" | "in_progress" | "completed"])[]
): TranscriptItem {
  return { kind: "plan", steps: steps.map(([text, status]) => ({ text, status })), at: null };
}

/** A conversation in a folder that is not there. */
export function transcriptOf(items: readonly TranscriptItem[], cwd: string | null = "/nowhere"): Transcript {
  return {
    session: {
      agent: "claude",
      native_id: "0b7c1f7e-7a55-4c0e-9f5c-3d2f6a1f9e10",
      file: "/nowhere/transcript.jsonl",
      cwd,
      branch: null,
      title: null,
      model: null,
      turns: items.filter(({ kind }) => kind === "user").length,
      bytes: 0,
      created_at: "2026-11-01T10:00:00.000Z",
      updated_at: "2026-11-01T12:00:00.000Z",
    },
    async *items() {
      yield* items;
    },
    leftOut: () => [],
  };
}
