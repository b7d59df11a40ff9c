import path from "node:path";
import type { HistoryEntry } from "../../../core/history/entry.ts";
import { fitted, writeNewFile } from "../../transcripts/new-file.ts";
import type { NativeWriter } from "../../transcripts/writer.ts";
import { codexHomeOf, providerOf } from "../environment.ts";
import { codexCall } from "./write-calls.ts";
import { codexFit } from "./write-fit.ts";
import { timeOrderedId } from "./time-ordered-id.ts";

/**
 * Writes threads as Codex 0.169.0 does itself (`history_mode: paginated`): the list has them, a resume shows their turns
 * with commands and changes, and the model gets every item. `thread/inject_items` would leave a thread without turns, and
 * Codex's own importer turns tool calls into words.
 */
export const codexWriter: NativeWriter = {
  agent: "codex",
  write: async ({ env, cwd, entries, at }) => {
    const nativeId = timeOrderedId(Date.parse(at));
    const root = codexHomeOf(env);
    const [day = "", time = ""] = at.slice(0, 19).split("T");
    const name = `rollout-${day}T${time.replaceAll(":", "-")}-${nativeId}.jsonl`;
    const file = path.join(root, "sessions", ...day.split("-"), name);
    const fit = fitted(entries, codexFit);
    const lines = createLines({ nativeId, cwd, at, provider: await providerOf(env) });
    for (const entry of fit.entries) lines.add(entry);
    const place = { agent: "codex", nativeId, root, file, cwd };
    return { ...fit, nativeId, file: await writeNewFile(place, lines.end()) };
  },
};

interface Thread {
  readonly nativeId: string;
  readonly cwd: string;
  readonly at: string;
  readonly provider: string;
}

type Payload = Readonly<Record<string, unknown>>;

/** Codex's own mark for what was said to the model and not by the person. */
const HARNESS = { content_item_metadata: [{ provenance: { type: "harness", hook: false } }] };

/** The lines of a thread: each item as the model is sent it, and beside it what a person is shown. */
function createLines({ nativeId, cwd, at, provider }: Thread) {
  const lines: unknown[] = [];
  let timestamp = at;
  let turn: { readonly id: string; readonly said: string | null } | null = null;
  let items = 0;

  const line = (type: string, payload: Payload) =>
    lines.push({ timestamp, ordinal: lines.length, type, payload });
  const event = (payload: Payload) => line("event_msg", payload);
  const message = (role: "user" | "assistant", text: string, more: Payload = {}) => {
    const type = role === "user" ? "input_text" : "output_text";
    line("response_item", { type: "message", role, content: [{ type, text }], ...more });
  };
  const shown = (item: Payload) => {
    const ms = Date.parse(timestamp);
    const turn_id = turn?.id ?? begun();
    event({
      type: "item_completed",
      thread_id: nativeId,
      turn_id,
      item,
      started_at_ms: ms,
      completed_at_ms: ms,
    });
  };
  const itemId = () => `item_${(items += 1)}`;
  const end = () => {
    if (turn === null) return;
    event({ type: "task_complete", turn_id: turn.id, root_turn_id: turn.id, last_agent_message: turn.said });
    turn = null;
  };
  const begun = (): string => {
    const id = timeOrderedId(Date.parse(timestamp));
    turn = { id, said: null };
    const started_at = Math.floor(Date.parse(timestamp) / 1_000);
    event({
      type: "task_started",
      turn_id: id,
      root_turn_id: id,
      started_at,
      collaboration_mode_kind: "default",
    });
    return id;
  };

  line("session_meta", {
    id: nativeId,
    session_id: nativeId,
    timestamp: at,
    cwd,
    originator: "baton",
    cli_version: "0.169.0",
    source: "cli",
    thread_source: "baton",
    model_provider: provider,
    history_mode: "paginated",
  });
  return {
    add(entry: HistoryEntry): void {
      timestamp = entry.at ?? timestamp;
      switch (entry.kind) {
        case "note":
          return message("user", entry.text, { internal_chat_message_metadata_passthrough: HARNESS });
        case "user": {
          end();
          begun();
          message("user", entry.text);
          const content = [{ type: "text", text: entry.text, text_elements: [] }];
          return shown({ type: "UserMessage", id: itemId(), content });
        }
        case "assistant":
          turn = { id: turn?.id ?? begun(), said: entry.text };
          shown({ type: "AgentMessage", id: itemId(), content: [{ type: "Text", text: entry.text }] });
          return message("assistant", entry.text);
        case "shell":
        case "edit":
        case "plan":
        case "tool": {
          const call = codexCall(entry, { id: `call_${itemId()}`, cwd });
          line("response_item", call.call);
          if (call.shown !== null) shown(call.shown);
          line("response_item", call.answer);
          if (call.shownAfter !== null) shown(call.shownAfter);
        }
      }
    },
    end(): readonly unknown[] {
      end();
      return lines;
    },
  };
}
