import { z } from "zod";
import type { FileEdit } from "../../../core/transcript.ts";
import { additionOf, diffOf } from "../../transcripts/diff.ts";

const hunkSchema = z.looseObject({
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  lines: z.array(z.string()),
});
/** What `Edit`, `MultiEdit` and `Write` of Claude Code 2.1.330 keep beside their result. */
const editSchema = z.looseObject({
  filePath: z.string(),
  structuredPatch: z.array(hunkSchema),
  type: z.string().optional().catch(undefined),
  content: z.string().optional().catch(undefined),
  originalFile: z.string().nullish().catch(undefined),
});

/** The change to a file that a tool's result tells of; null where it tells of none. */
export function editIn(toolUseResult: unknown): Omit<FileEdit, "kind" | "tool" | "at"> | null {
  const edit = editSchema.safeParse(toolUseResult).data;
  if (edit === undefined) return null;
  const { filePath: path, structuredPatch, content = "", type, originalFile } = edit;
  if (type === "create" || originalFile === null) {
    return { path, change: "add", diff: additionOf(path, content) };
  }
  const hunks = structuredPatch.map(
    ({ oldStart, oldLines, newStart, newLines, lines }) =>
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n${lines.join("\n")}`,
  );
  return {
    path,
    change: "update",
    diff: hunks.length === 0 ? null : diffOf({ from: path, to: path }, hunks.join("\n")),
  };
}
