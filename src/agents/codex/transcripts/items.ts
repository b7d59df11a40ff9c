import { isNote } from "../../../core/history/note.ts";
import type { PlanStep } from "../../../core/transcript.ts";
import { cutInput, cutText, WORDS_KEPT } from "../../transcripts/cut.ts";
import type { Sequence } from "../../transcripts/in-order.ts";
import type { Losses } from "../../transcripts/left-out.ts";
import { commandIn, inputOf, outcomeIn, stepsIn } from "./calls.ts";
import { compactedSchema, doneIn } from "./events.ts";
import { editsInPatch } from "./patch.ts";
import { itemSchema, picturesIn, promptIn, textOf, type RolloutItem, type RolloutLine } from "./records.ts";

export interface ItemsContext {
  readonly sequence: Sequence;
  readonly losses: Losses;
}

/** Ids that are remembered, so that an event does not tell of a call a second time. */
const MOST_IDS = 100_000;

/**
 * Turns the lines of a thread, in its order, into items. What the model was sent (`response_item`) is the conversation;
 * the events beside it say how a command or a patch really ended, and what code mode has run within one call.
 */
export function createItems({ sequence, losses }: ItemsContext) {
  const seen = new Set<string>();
  /** Calls that an event has told the outcome of, and the patches of those that none has. */
  const told = new Set<string>();
  const patches = new Map<string, string>();

  const said = (item: RolloutItem, { timestamp, metadata }: RolloutLine) => {
    const at = timestamp ?? null;
    losses.add("image", picturesIn(item.content));
    const prompt = promptIn(item);
    if (prompt !== null) return sequence.add({ kind: "user", text: cutText(prompt, WORDS_KEPT), at });
    const text = textOf(item.content);
    if (item.role === "user" && isNote(text)) {
      return sequence.add({ kind: "condensed", text: cutText(text, WORDS_KEPT), at });
    }
    if (item.role !== "assistant") return losses.add("system");
    // The summary follows as a line of its own.
    if (text.trim() === "" || metadata?.compaction_output === true) return;
    return sequence.add({ kind: "assistant", text: cutText(text, WORDS_KEPT), at });
  };

  const call = (item: RolloutItem, at: string | null) => {
    const id = item.call_id ?? item.id;
    if (typeof id !== "string") return losses.add("unreadable");
    if (seen.size < MOST_IDS) seen.add(id);
    const name = [item.namespace ?? [], item.name ?? item.type].flat().join(".");
    const input = inputOf(item);
    const plan: readonly PlanStep[] | null = name === "update_plan" ? stepsIn(input) : null;
    if (name === "apply_patch" && typeof input === "string") patches.set(id, input);
    sequence.call({
      id,
      name,
      command: commandIn(name, input),
      input: cutInput(input),
      at,
      ...(plan === null ? {} : { plan }),
    });
    // Those say everything at once.
    if (item.type === "web_search_call") sequence.answered(id);
  };

  const output = (item: RolloutItem, at: string | null) => {
    const id = item.call_id;
    if (typeof id !== "string" || !sequence.isOpen(id)) return losses.add("unreadable");
    losses.add("image", picturesIn(item.output));
    if (!told.delete(id)) {
      const text = textOf(item.output);
      const outcome = outcomeIn(text);
      const edits = outcome.outcome === "ok" ? editsInPatch(patches.get(id) ?? "", at) : [];
      sequence.learn(id, { output: cutText(outcome.text), outcome: outcome.outcome, edits });
    } else sequence.learn(id, { outputIfNone: cutText(textOf(item.output)) });
    patches.delete(id);
    sequence.answered(id);
  };

  const item = (line: RolloutLine) => {
    const at = line.timestamp ?? null;
    const read = itemSchema.safeParse(line.payload).data;
    if (read === undefined) return losses.add("unreadable");
    if (read.type === "message") return said(read, line);
    if (read.type === "reasoning") return losses.add("reasoning");
    if (read.type.endsWith("_call_output") || read.type === "tool_search_output") return output(read, at);
    if (read.type.endsWith("_call")) return call(read, at);
    return losses.add("unknown");
  };

  const event = ({ payload, timestamp }: RolloutLine) => {
    const done = doneIn(payload, timestamp ?? null);
    if (done === null) return;
    const { id, outcome, call: ownCall } = done;
    if (sequence.learn(id, outcome)) {
      told.add(id);
      return;
    }
    if (seen.has(id)) return;
    if (seen.size < MOST_IDS) seen.add(id);
    if (ownCall === null) {
      for (const edit of outcome.edits ?? []) sequence.add({ kind: "edit", tool: null, ...edit });
      return;
    }
    sequence.call(ownCall);
    sequence.learn(id, outcome);
    sequence.answered(id);
  };

  return {
    add(line: RolloutLine): void {
      switch (line.type) {
        case "response_item":
          return item(line);
        case "event_msg":
          return event(line);
        case "compacted": {
          const text = cutText(compactedSchema.parse(line.payload).message, WORDS_KEPT);
          return sequence.add({ kind: "condensed", text, at: line.timestamp ?? null });
        }
      }
    },
  };
}
