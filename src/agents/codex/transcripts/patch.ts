import type { FileEdit } from "../../../core/transcript.ts";
import { additionOf, diffOf } from "../../transcripts/diff.ts";

type Edit = Omit<FileEdit, "kind" | "tool">;

const HEADER = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const KINDS = { Add: "add", Update: "update", Delete: "delete" } as const;

/** The changes that a patch of `apply_patch` asks for, for rollouts that do not tell what came of it. */
export function editsInPatch(patch: string, at: string | null): readonly Edit[] {
  const edits: Edit[] = [];
  let open: { readonly kind: keyof typeof KINDS; readonly path: string; readonly lines: string[] } | null =
    null;
  const close = () => {
    if (open !== null) edits.push(editOf(open, at));
    open = null;
  };
  for (const line of patch.split(/\r?\n/)) {
    const [, kind, path] = HEADER.exec(line) ?? [];
    if (isKind(kind) && path !== undefined) {
      close();
      open = { kind, path, lines: [] };
    } else if (line.startsWith("*** ")) {
      if (line.startsWith("*** End Patch")) close();
    } else open?.lines.push(line);
  }
  close();
  return edits;
}

function isKind(kind: string | undefined): kind is keyof typeof KINDS {
  return kind !== undefined && kind in KINDS;
}

function editOf(
  {
    kind,
    path,
    lines,
  }: { readonly kind: keyof typeof KINDS; readonly path: string; readonly lines: string[] },
  at: string | null,
): Edit {
  if (kind === "Add") {
    const content = lines.map((line) => `${line.startsWith("+") ? line.slice(1) : line}\n`).join("");
    return { path, change: "add", diff: additionOf(path, content), at };
  }
  if (kind === "Delete") return { path, change: "delete", diff: null, at };
  return { path, change: "update", diff: diffOf({ from: path, to: path }, lines.join("\n")), at };
}
