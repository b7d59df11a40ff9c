import type { NativeFile, Sketch } from "../../transcripts/native.ts";
import { withFile } from "../../transcripts/open.ts";
import { hasAny, sketchLines, withPrompt } from "../../transcripts/sketch.ts";
import { promptIn, recordSchema, type ClaudeRecord } from "./records.ts";

/** A line longer than this with a tool's result in it is not looked at for a prompt. */
const LONG = 64 * 1024;

/** What a list shows of a conversation, of the lines that can matter: prompts, the first answer, titles. */
export async function sketchConversation(file: NativeFile, before: Sketch | null): Promise<Sketch> {
  return withFile(file.root, file.file, async (open) => {
    let hasModel = (before?.model ?? null) !== null;
    return sketchLines(open, before, {
      matters: (bytes) =>
        (bytes.includes('"user"') && !(bytes.length > LONG && bytes.includes('"tool_result"'))) ||
        hasAny(bytes, ["-title", '"summary"']) ||
        (!hasModel && bytes.includes('"assistant"')),
      add: (known, record) => {
        const next = withRecord(known, record);
        hasModel = next.model !== null;
        return next;
      },
    });
  });
}

function withRecord(sketch: Sketch, value: unknown): Sketch {
  const record = recordSchema.safeParse(value).data;
  if (record === undefined || record.isSidechain === true) return sketch;
  switch (record.type) {
    case "custom-title":
      return { ...sketch, name: record.customTitle ?? sketch.name };
    // What Claude Code has thought of itself never takes the place of a title that was given.
    case "ai-title":
    case "summary":
      return { ...sketch, name: sketch.name ?? record.aiTitle ?? record.summary ?? null };
    case "assistant":
      return { ...sketch, model: sketch.model ?? record.message?.model ?? null };
    case "user":
      return withUser(sketch, record);
    default:
      return sketch;
  }
}

function withUser(sketch: Sketch, record: ClaudeRecord): Sketch {
  const at = record.timestamp ?? null;
  const placed = {
    ...sketch,
    cwd: sketch.cwd ?? record.cwd ?? null,
    // The branch that it has come to is where it goes on.
    branch: record.gitBranch ?? sketch.branch,
    created_at: sketch.created_at ?? at,
  };
  const prompt = promptIn(record);
  return prompt === null ? placed : withPrompt(placed, prompt, at);
}
