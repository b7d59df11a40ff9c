import type { Backups, Change } from "./backups.ts";
import { unifiedDiff } from "./diff.ts";
import { RefusedFile } from "./syntax.ts";
import { bytesFor, mustBeWritable, readTextFile, writeTextFile, type TextFile } from "./text-file.ts";

export type Status = "registered" | "unchanged" | "removed" | "not_found" | "failed";

/** What became of one file, or of one agent that has none. */
export interface Item {
  readonly agent: string;
  readonly status: Status;
  readonly file: string | null;
  readonly backup: string | null;
  readonly message: string;
  readonly fix: string | null;
  /** What would change; only of a dry run. */
  readonly diff: string | null;
}

/** Null: only say what would be done. */
export type Keeping = Backups | null;

export interface FileChange extends Pick<Change, "agent" | "what"> {
  readonly file: string;
  readonly backups: Keeping;
  readonly edit: (text: string) => string;
  /** Makes the change in the agent's own way; false when the agent did not. */
  readonly byAgent?: () => Promise<boolean>;
}

/** Changes a file, or says why not: one agent's trouble is not another's. */
export async function changeFile(change: FileChange): Promise<Item> {
  const { agent, file, backups } = change;
  const base = { agent, file, backup: null, fix: null, diff: null };
  try {
    const before = await readTextFile(file);
    const text = change.edit(before.text);
    if (before.bytes !== null && text === before.text) {
      return { ...base, status: "unchanged", message: "everything is there already" };
    }
    await mustBeWritable(before);
    if (backups === null) {
      const diff = unifiedDiff(file, before.bytes === null ? null : before.text, text);
      return { ...base, status: "registered", message: "would be changed like this", diff };
    }
    const backup = await write(before, text, { ...change, backups });
    return { ...base, status: "registered", message: "written", backup };
  } catch (error) {
    return { ...base, status: "failed", ...told(error) };
  }
}

/** What went wrong, and what to do. */
export function told(error: unknown): Pick<Item, "message" | "fix"> {
  if (error instanceof RefusedFile) return { message: error.message, fix: error.fix };
  const message = error instanceof Error ? error.message : String(error);
  return { message, fix: "Nothing was changed. docs/setup.md has what to write by hand." };
}

async function write(
  before: TextFile,
  text: string,
  { agent, what, backups, edit, byAgent }: FileChange & { readonly backups: Backups },
): Promise<string | null> {
  const kept = await backups.keep(before, { agent, what });
  try {
    if (byAgent !== undefined && (await byAgent())) {
      const now = await readTextFile(before.file);
      if (now.bytes !== null && edit(now.text) === now.text) {
        await kept.done(now.bytes, []);
        return kept.backup;
      }
    }
    // The agent may have changed something before it gave up.
    const now = byAgent === undefined ? before : await readTextFile(before.file);
    const bytes = bytesFor(now, byAgent === undefined ? text : edit(now.text));
    await kept.done(bytes, await writeTextFile(now, bytes));
    return kept.backup;
  } catch (error) {
    await kept.failed();
    throw error;
  }
}
