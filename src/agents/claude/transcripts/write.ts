import { randomUUID } from "node:crypto";
import path from "node:path";
import type { HistoryEntry } from "../../../core/history/entry.ts";
import { oneEditAtATime } from "../../../core/history/fitting.ts";
import { fitted, writeNewFile } from "../../transcripts/new-file.ts";
import type { NativeWriter } from "../../transcripts/writer.ts";
import { configFolderOf } from "../settings-files.ts";
import { claudeCall } from "./write-calls.ts";

/** A longer name is cut there by Claude Code 2.1.330, which looks for a conversation in every folder. */
const LONGEST_NAME = 200;

/** Writes conversations as Claude Code 2.1.330 does, so that `--resume` opens them. */
export const claudeWriter: NativeWriter = {
  agent: "claude",
  write: async ({ env, cwd, entries, title, at }) => {
    const nativeId = randomUUID();
    const root = path.join(configFolderOf(env), "projects");
    const name = cwd.replaceAll(/[^A-Za-z0-9]/g, "-").slice(0, LONGEST_NAME);
    const place = { agent: "claude", nativeId, root, file: path.join(root, name, `${nativeId}.jsonl`), cwd };
    const fit = fitted(entries, oneEditAtATime);
    const records = recordsOf(fit.entries, { nativeId, cwd, title, at });
    return { ...fit, nativeId, file: await writeNewFile(place, records) };
  },
};

interface Conversation {
  readonly nativeId: string;
  readonly cwd: string;
  readonly title: string;
  readonly at: string;
}

type Message = Readonly<Record<string, unknown>>;

/** Each record names the one before it: without that Claude Code goes on with the last one alone. */
function recordsOf(entries: readonly HistoryEntry[], { nativeId, cwd, title, at }: Conversation): Message[] {
  const records: Message[] = [{ type: "custom-title", customTitle: title, sessionId: nativeId }];
  let parentUuid: string | null = null;
  let timestamp = at;
  for (const entry of entries) {
    timestamp = entry.at ?? timestamp;
    for (const message of messagesOf(entry)) {
      const uuid = randomUUID();
      records.push({
        parentUuid,
        isSidechain: false,
        userType: "external",
        entrypoint: "cli",
        cwd,
        sessionId: nativeId,
        version: "2.1.330",
        ...message,
        uuid,
        timestamp,
      });
      parentUuid = uuid;
    }
  }
  return records;
}

function messagesOf(entry: HistoryEntry): readonly Message[] {
  switch (entry.kind) {
    case "note":
      return [{ type: "user", isMeta: true, message: { role: "user", content: entry.text } }];
    case "user":
      return [{ type: "user", message: { role: "user", content: entry.text } }];
    case "assistant":
      return [answer([{ type: "text", text: entry.text }])];
    case "shell":
    case "edit":
    case "plan":
    case "tool": {
      const id = `toolu_${randomUUID().replaceAll("-", "")}`;
      const { name, input, result, isError, toolUseResult } = claudeCall(entry);
      const content = [
        { type: "tool_result", tool_use_id: id, content: result, ...(isError ? { is_error: true } : {}) },
      ];
      return [
        answer([{ type: "tool_use", id, name, input }]),
        { type: "user", message: { role: "user", content }, toolUseResult },
      ];
    }
  }
}

/** Claude Code's own mark for what no model of its own has said. */
const NO_MODEL = "<synthetic>";

function answer(content: readonly unknown[]): Message {
  const usage = { input_tokens: 0, output_tokens: 0 };
  const message = { id: `msg_${randomUUID()}`, type: "message", role: "assistant", model: NO_MODEL, content };
  return { type: "assistant", message: { ...message, stop_reason: null, stop_sequence: null, usage } };
}
