import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

import type { TextFile } from "./text-file.ts";

const changeSchema = z.object({
  agent: z.string(),
  /** What was changed in the file; tells how it is taken out again. */
  what: z.enum(["servers", "instructions"]),
  file: z.string(),
  /** The file's bytes before, beside the manifest; null when there was no file. */
  backup: z.string().nullable(),
  /** Of the bytes that were written; null while it is not certain that they were. */
  sha256: z.string().nullable(),
  folders: z.array(z.string()),
  undone: z.boolean(),
});
const manifestSchema = z.object({ version: z.literal(1), changes: z.array(changeSchema) });

/** A change of a file that can be taken back. */
export type Change = z.infer<typeof changeSchema>;

/** One run's changes, with the folder in which their backups are. */
export interface Run {
  readonly folder: string;
  changes: readonly Change[];
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The backups of one run of `setup`; the folder is made with the first of them. */
export class Backups {
  private readonly above: string;
  private folder: string | null = null;
  private readonly changes: Change[] = [];

  constructor(home: string) {
    this.above = backupsIn(home);
  }

  /** Keeps a file as it is. From here on the change counts as begun. */
  async keep(before: TextFile, { agent, what }: Pick<Change, "agent" | "what">): Promise<Kept> {
    this.folder ??= await newFolder(this.above);
    const backup = before.bytes === null ? null : `${this.changes.length}-${path.basename(before.file)}`;
    if (backup !== null && before.bytes !== null) {
      await writeFile(path.join(this.folder, backup), before.bytes, { mode: 0o600, flag: "wx" });
    }
    const at = this.changes.length;
    const begun: Change = {
      agent,
      what,
      file: before.file,
      backup,
      sha256: null,
      folders: [],
      undone: false,
    };
    this.changes.push(begun);
    const folder = this.folder;
    const save = () => saveRun({ folder, changes: this.changes });
    await save();
    return {
      backup: backup === null ? null : path.join(folder, backup),
      done: async (bytes, folders) => {
        this.changes[at] = { ...begun, sha256: sha256Of(bytes), folders: [...folders] };
        await save();
      },
      failed: async () => {
        this.changes[at] = { ...begun, undone: true };
        await save();
      },
    };
  }
}

/** A file that was kept, for who changes it now. */
export interface Kept {
  readonly backup: string | null;
  done(bytes: Uint8Array, folders: readonly string[]): Promise<void>;
  failed(): Promise<void>;
}

/** What earlier runs have changed, the newest first. */
export async function earlierRuns(home: string): Promise<readonly Run[]> {
  const above = backupsIn(home);
  const names = await readdir(above).catch(() => []);
  const runs: Run[] = [];
  for (const name of names.toSorted((a, b) => (a < b ? 1 : -1))) {
    const folder = path.join(above, name);
    const text = await readFile(path.join(folder, "manifest.json"), "utf8").catch(() => null);
    const manifest = text === null ? null : manifestSchema.safeParse(JSON.parse(text)).data;
    if (manifest) runs.push({ folder, changes: manifest.changes });
  }
  return runs;
}

export async function saveRun({ folder, changes }: Run): Promise<void> {
  const file = path.join(folder, "manifest.json");
  const text = `${JSON.stringify({ version: 1, changes }, null, 2)}\n`;
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function backupsIn(home: string): string {
  return path.join(home, "backups");
}

/** A folder of its own for this run; two in the same millisecond differ. */
async function newFolder(above: string): Promise<string> {
  await mkdir(above, { recursive: true, mode: 0o700 });
  const name = new Date().toISOString().replaceAll(":", "-");
  for (let more = 0; ; more += 1) {
    const folder = path.join(above, more === 0 ? name : `${name}.${more}`);
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
