import { createHash, randomUUID } from "node:crypto";
import path from "node:path";
import type { HistoryEntry } from "../../../core/history/entry.ts";
import { oneEditAtATime } from "../../../core/history/fitting.ts";
import { fitted, writeNewFile } from "../../transcripts/new-file.ts";
import type { NativeWriter } from "../../transcripts/writer.ts";
import { projectFolder } from "../project.ts";
import { readyHome } from "../ready-home.ts";
import { geminiCall } from "./write-calls.ts";

/**
 * Writes conversations as Gemini CLI 0.61.0 does, into the home that Baton keeps for it: from there Baton goes on with
 * them over ACP, and the person with `gemini --resume`.
 */
export function createGeminiWriter(stateDir: string): NativeWriter {
  return {
    agent: "gemini",
    write: async ({ env, cwd, entries, title, at }) => {
      const { home } = await readyHome(stateDir, env);
      const nativeId = randomUUID();
      // A minute that never comes again: a file of the same minute would be written over when it is loaded.
      const name = `session-2000-01-01T00-00-${nativeId.slice(0, 8)}.jsonl`;
      const file = path.join(await projectFolder(home, cwd), "chats", name);
      const fit = fitted(entries, oneEditAtATime);
      const projectHash = createHash("sha256").update(cwd).digest("hex");
      const header = {
        sessionId: nativeId,
        projectHash,
        startTime: at,
        lastUpdated: at,
        kind: "main",
        summary: title,
      };
      const place = { agent: "gemini", nativeId, root: home.folder, file, cwd };
      const records = [header, ...messagesOf(fit.entries, at)];
      return { ...fit, nativeId, file: await writeNewFile(place, records) };
    },
  };
}

function messagesOf(entries: readonly HistoryEntry[], at: string): readonly unknown[] {
  let timestamp = at;
  return entries.map((entry) => {
    timestamp = entry.at ?? timestamp;
    return { id: randomUUID(), timestamp, ...messageOf(entry, timestamp) };
  });
}

function messageOf(entry: HistoryEntry, timestamp: string): Readonly<Record<string, unknown>> {
  switch (entry.kind) {
    case "note":
    case "user":
      return { type: "user", content: [{ text: entry.text }] };
    case "assistant":
      return { type: "gemini", content: entry.text, thoughts: [], tokens: null };
    case "shell":
    case "edit":
    case "plan":
    case "tool":
      return {
        type: "gemini",
        content: "",
        thoughts: [],
        tokens: null,
        toolCalls: [{ ...geminiCall(entry), timestamp }],
      };
  }
}
