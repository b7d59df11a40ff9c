import { z } from "zod";

import type { TOOL_KINDS } from "../../contracts/event.ts";
import type { FileChange } from "../../contracts/task.ts";
import { summaryOf } from "../summary.ts";

type ToolKind = (typeof TOOL_KINDS)[number];

/** Tools of Claude Code 2.1.330, and those of earlier versions that later ones may bring back. */
const KINDS: Readonly<Record<string, ToolKind>> = {
  Bash: "command",
  PowerShell: "command",
  Monitor: "command",
  Read: "file",
  Edit: "file",
  MultiEdit: "file",
  Write: "file",
  NotebookEdit: "file",
  Glob: "search",
  Grep: "search",
  WebSearch: "search",
  ToolSearch: "search",
  Task: "agent",
  Agent: "agent",
};

export function toolKind(name: string): ToolKind {
  return name.startsWith("mcp__") ? "mcp" : (KINDS[name] ?? "other");
}

const inputSchema = z.looseObject({
  command: z.string().optional().catch(undefined),
  file_path: z.string().optional().catch(undefined),
  notebook_path: z.string().optional().catch(undefined),
  pattern: z.string().optional().catch(undefined),
});

/** What a call is about, in one line: the command, the file, else its arguments. */
export function callSummary(input: unknown): string {
  const known = inputSchema.safeParse(input).data;
  const subject = known?.command ?? known?.file_path ?? known?.notebook_path ?? known?.pattern;
  return summaryOf(subject ?? JSON.stringify(input ?? {}));
}

const partsSchema = z.array(z.looseObject({ text: z.string().optional().catch(undefined) }));

/** The beginning of what a tool answered. */
export function resultSummary(content: unknown): string {
  if (typeof content === "string") return summaryOf(content);
  const parts = partsSchema.safeParse(content).data ?? [];
  return summaryOf(parts.flatMap(({ text }) => text ?? []).join("\n"));
}

const writtenSchema = z.looseObject({
  filePath: z.string(),
  type: z.string().optional().catch(undefined),
  /** The text before; null or absent where there was no file. An empty one is left open by Edit, which makes files too. */
  originalFile: z.string().nullish().catch(undefined),
  oldString: z.string().optional().catch(undefined),
});
const notebookSchema = z.looseObject({ notebook_path: z.string() });

const WRITING = new Set(["Edit", "MultiEdit", "Write"]);

/** The file that a finished tool has changed, from the structured copy of its result; null when it changed none. */
export function fileChange(tool: string, toolUseResult: unknown): FileChange | null {
  if (tool === "NotebookEdit") {
    const notebook = notebookSchema.safeParse(toolUseResult).data;
    return notebook === undefined ? null : { path: notebook.notebook_path, kind: "update" };
  }
  const written = WRITING.has(tool) ? writtenSchema.safeParse(toolUseResult).data : undefined;
  if (written === undefined) return null;
  const isNew = written.type === "create" || (written.oldString === "" && written.originalFile === "");
  return { path: written.filePath, kind: isNew ? "add" : "update" };
}
