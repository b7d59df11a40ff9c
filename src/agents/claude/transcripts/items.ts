import { z } from "zod";
import { isNote } from "../../../core/history/note.ts";
import type { Cut, FileEdit, ToolUse } from "../../../core/transcript.ts";
import { cutInput, cutText, WORDS_KEPT } from "../../transcripts/cut.ts";
import type { Outcome, Sequence } from "../../transcripts/in-order.ts";
import type { Losses } from "../../transcripts/left-out.ts";
import { editIn } from "./edits.ts";
import { createTaskPlan, stepsOf } from "./plan.ts";
import { blocksSchema, promptIn, saidIn, type Block, type ClaudeRecord } from "./records.ts";

/** Where the reader of records puts what it finds. */
export interface ItemsContext {
  readonly sequence: Sequence;
  readonly losses: Losses;
  /** The whole of a result that Claude Code has put into a file of its own; null where it is gone. */
  readonly kept: (file: string) => Promise<Cut | null>;
}

/** Turns the records of a conversation, in its order, into items. */
export function createItems({ sequence, losses, kept }: ItemsContext) {
  const tasks = createTaskPlan();

  const assistant = (record: ClaudeRecord) => {
    const at = record.timestamp ?? null;
    if (record.isApiErrorMessage === true) return losses.add("system");
    for (const block of record.message?.content ?? []) {
      switch (block.type) {
        case "text":
          if ((block.text ?? "").trim() === "") break;
          sequence.add({ kind: "assistant", text: cutText(block.text ?? "", WORDS_KEPT), at });
          break;
        case "tool_use":
        case "server_tool_use":
          call(block, at);
          break;
        case "thinking":
        case "redacted_thinking":
          losses.add("reasoning");
          break;
        default:
          losses.add("unknown");
      }
    }
  };

  const call = ({ id, name, input }: Block, at: string | null) => {
    if (typeof id !== "string" || typeof name !== "string") return losses.add("unreadable");
    const plan = name === "TodoWrite" ? stepsOf(input) : null;
    tasks.asked(id, { name, input });
    sequence.call({
      id,
      name,
      input: cutInput(input),
      command: commandSchema.safeParse(input).data?.command ?? null,
      at,
      ...(plan === null ? {} : { plan }),
    });
  };

  const user = async (record: ClaudeRecord) => {
    const blocks = record.message?.content ?? [];
    const at = record.timestamp ?? null;
    losses.add("image", blocks.filter(({ type }) => type === "image" || type === "document").length);
    for (const block of blocks) if (block.type === "tool_result") await result(block, record);
    const said = saidIn(blocks) ?? "";
    if (record.isCompactSummary === true || isNote(said)) {
      const text = cutText(said, WORDS_KEPT);
      return sequence.add({ kind: "condensed", text, at });
    }
    const prompt = promptIn(record);
    if (prompt !== null) return sequence.add({ kind: "user", text: cutText(prompt, WORDS_KEPT), at });
    if (!blocks.some(({ type }) => type === "tool_result")) losses.add("system");
  };

  const result = async (block: Block, record: ClaudeRecord) => {
    const id = block.tool_use_id;
    if (typeof id !== "string" || !sequence.isOpen(id)) return losses.add("unreadable");
    const at = record.timestamp ?? null;
    const parts = blocksSchema.parse(block.content);
    losses.add("image", parts.filter(({ type }) => type === "image").length);
    const text = parts.flatMap((part) => (part.type === "text" ? (part.text ?? []) : [])).join("\n");
    const file = persistedSchema.safeParse(record.toolUseResult).data?.persistedOutputPath;
    const whole = file === undefined ? null : await kept(file);
    const plan = tasks.answered(id, record.toolUseResult);
    const known: Outcome = {
      output: whole ?? cutText(text),
      outcome: outcomeOf(block, record, text),
      edits: editsOf(record, at),
      ...(plan === null ? {} : { plan }),
    };
    sequence.learn(id, known);
    sequence.answered(id);
  };

  const attachment = (record: ClaudeRecord) => {
    const { type, commandMode = "prompt", prompt = [] } = record.attachment ?? {};
    // What a person says while a turn runs is put into it in this form.
    const said = type === "queued_command" && commandMode === "prompt" ? saidIn(prompt) : null;
    if (said === null) return losses.add("system");
    const at = record.timestamp ?? null;
    return sequence.add({ kind: "user", text: cutText(said, WORDS_KEPT), at });
  };

  return {
    async add(record: ClaudeRecord): Promise<void> {
      switch (record.type) {
        case "user":
          return user(record);
        case "assistant":
          return assistant(record);
        case "attachment":
          return attachment(record);
        case "system":
          return losses.add("system");
        default:
          return losses.add("unknown");
      }
    },
  };
}

const commandSchema = z.looseObject({ command: z.string() });
const persistedSchema = z.looseObject({ persistedOutputPath: z.string() });

/** How Claude Code 2.1.330 says that a person, a rule or nobody has allowed a tool. */
const DENIALS =
  /^(The user doesn't want to proceed|Claude requested permissions? to |Permission to use .* has been denied)/;

function outcomeOf({ is_error }: Block, record: ClaudeRecord, text: string): ToolUse["outcome"] {
  const decision = record.permissionDecision?.decision ?? "accept";
  if (decision !== "accept" || record.toolUseResult === "User rejected tool use") return "denied";
  if (is_error !== true) return "ok";
  return DENIALS.test(text) ? "denied" : "failed";
}

function editsOf(record: ClaudeRecord, at: string | null): readonly Omit<FileEdit, "kind" | "tool">[] {
  const edit = editIn(record.toolUseResult);
  return edit === null ? [] : [{ ...edit, at }];
}
