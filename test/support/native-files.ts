import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { claudeReader } from "../../src/agents/claude/transcripts/reader.ts";
import { codexReader } from "../../src/agents/codex/transcripts/reader.ts";
import { createGeminiReader } from "../../src/agents/gemini/transcripts/reader.ts";
import type { NativeFile, NativeReader } from "../../src/agents/transcripts/native.ts";
import type { LeftOut, TranscriptItem } from "../../src/core/transcript.ts";

export const ID = "0199c9a4-1111-7222-8333-123456789abc";
export const OTHER_ID = "0199c9a4-2222-7222-8333-123456789abc";

export const READERS: Readonly<Record<string, NativeReader>> = {
  claude: claudeReader,
  codex: codexReader,
  gemini: createGeminiReader("/nowhere"),
};

export interface ReadTranscript {
  readonly items: readonly TranscriptItem[];
  readonly left: Readonly<Partial<Record<LeftOut["what"], number>>>;
}

/** The reader of one kind of agent. */
export function readerOf(agent: string): NativeReader {
  const reader = READERS[agent];
  if (reader === undefined) throw new Error(`no reader for ${agent}`);
  return reader;
}

/** A conversation, whole. */
export async function readAll(file: NativeFile): Promise<ReadTranscript> {
  const transcript = await readerOf(file.agent).read(file);
  const items: TranscriptItem[] = [];
  for await (const item of transcript.items()) items.push(item);
  return { items, left: Object.fromEntries(transcript.leftOut().map(({ what, count }) => [what, count])) };
}

/** One line for an item: what a test compares. */
export function lineOf(item: TranscriptItem): string {
  switch (item.kind) {
    case "tool":
      return `tool ${item.command ?? item.name} ${item.outcome}`;
    case "edit":
      return `edit ${path.basename(item.path)} ${item.change}`;
    case "plan":
      return `plan ${item.steps.map(({ text, status }) => `${text}:${status}`).join(" ")}`;
    case "user":
    case "assistant":
    case "condensed":
      return `${item.kind} ${item.text.text}`;
  }
}

/** Puts a file where an agent would have it, below a home, and gives it as it is found there. */
export async function placed(home: string, agent: string, content: string | Buffer): Promise<NativeFile> {
  const places: Readonly<Record<string, string>> = {
    claude: `.claude/projects/-work/${ID}.jsonl`,
    codex: `.codex/sessions/2026/11/27/rollout-2026-11-27T10-00-00-${ID}.jsonl`,
    gemini: ".gemini/tmp/work/chats/session-2026-11-27T10-00-0199c9a4.jsonl",
  };
  const file = path.join(home, places[agent] ?? "");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  const { files } = await readerOf(agent).find({ HOME: home });
  const found = files.find((one) => one.file === file);
  if (found === undefined) throw new Error(`${file} is not found`);
  return found;
}

export function jsonl(...records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** Records of Claude Code, with what a reader needs of them. */
export const claude = {
  user: (uuid: string, parentUuid: string | null, text: string, more = {}) => ({
    type: "user",
    uuid,
    parentUuid,
    cwd: "/work",
    gitBranch: "main",
    timestamp: "2026-11-27T10:00:00.000Z",
    message: { role: "user", content: text },
    ...more,
  }),
  assistant: (uuid: string, parentUuid: string | null, content: string | readonly unknown[], id = uuid) => ({
    type: "assistant",
    uuid,
    parentUuid,
    message: {
      id,
      model: "m",
      role: "assistant",
      content: typeof content === "string" ? [{ type: "text", text: content }] : content,
    },
  }),
};
/** Lines of a rollout of Codex. */
export const codex = {
  meta: (more = {}) => ({ type: "session_meta", payload: { id: ID, cwd: "/work", ...more } }),
  message: (role: string, text: string) => ({
    type: "response_item",
    payload: {
      type: "message",
      role,
      content: [{ type: role === "user" ? "input_text" : "output_text", text }],
    },
  }),
  item: (payload: unknown) => ({ type: "response_item", payload }),
  event: (payload: unknown) => ({ type: "event_msg", payload }),
};
/** Lines of a conversation of Gemini CLI. */
export const gemini = {
  header: (more = {}) => ({
    sessionId: ID,
    projectHash: "h",
    startTime: "2026-11-27T10:00:00.000Z",
    ...more,
  }),
  message: (id: string, type: string, content: unknown, more = {}) => ({ id, type, content, ...more }),
};

/** One exchange: `one`, answered with `two`. */
export const TALK: Readonly<Record<string, string>> = {
  claude: jsonl(claude.user("a", null, "one"), claude.assistant("b", "a", "two")),
  codex: jsonl(codex.meta(), codex.message("user", "one"), codex.message("assistant", "two")),
  gemini: jsonl(
    gemini.header(),
    gemini.message("a", "user", [{ text: "one" }]),
    gemini.message("b", "gemini", "two"),
  ),
};
