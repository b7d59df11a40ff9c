import { readFile, rm, rmdir } from "node:fs/promises";
import path from "node:path";

import { earlierRuns, saveRun, sha256Of, type Change, type Run } from "./backups.ts";
import { told, type Item } from "./change-file.ts";
import { unifiedDiff } from "./diff.ts";
import { withoutInstructions } from "./instructions.ts";
import { REGISTRARS } from "./setup.ts";
import { bytesFor, mustBeWritable, readTextFile, writeTextFile, type TextFile } from "./text-file.ts";

export interface UndoOptions {
  readonly home: string;
  /** None: all. */
  readonly agents: readonly string[];
  readonly mode: "apply" | "dry run";
}

/** Takes back what earlier runs of `setup` have changed. */
export async function undo({ home, agents, mode }: UndoOptions): Promise<readonly Item[]> {
  const runs = await earlierRuns(home);
  const open = runs.flatMap((run) =>
    run.changes
      .filter((change) => !change.undone && (agents.length === 0 || agents.includes(change.agent)))
      .map((change) => ({ ...change, run })),
  );
  const items: Item[] = [];
  for (const file of new Set(open.map((change) => change.file))) {
    const steps = open.filter((change) => change.file === file);
    items.push(await undoFile(steps, mode));
  }
  return items;
}

/** A change with the run that it belongs to. */
type Step = Change & { readonly run: Run };

/** Takes the changes of one file back, the newest first. */
async function undoFile(steps: readonly Step[], mode: UndoOptions["mode"]): Promise<Item> {
  const [newest] = steps;
  if (newest === undefined) throw new Error("nothing to undo");
  const base = { agent: newest.agent, file: newest.file, backup: null, fix: null, diff: null };
  try {
    const now = await readTextFile(newest.file);
    const { bytes, isWhole } = await before(now, steps);
    await mustBeWritable(now);
    if (mode === "dry run") {
      const text = bytes === null ? "" : bytes.toString("utf8");
      return {
        ...base,
        status: "removed",
        message: "would be taken back like this",
        diff: diffOf(now, text),
      };
    }
    if (bytes === null) await rm(now.target, { force: true });
    else if (now.bytes === null || !bytes.equals(now.bytes)) await writeTextFile(now, bytes);
    for (const step of steps) await close(step);
    const message = isWhole ? "as it was before" : "it has changed since: only Baton's part was taken out";
    return { ...base, status: "removed", message, backup: pathOfBackup(steps.at(-1)) };
  } catch (error) {
    return { ...base, status: "failed", ...told(error) };
  }
}

function diffOf(now: TextFile, text: string): string {
  return unifiedDiff(now.file, now.text, text.replace(/^\ufeff/, ""));
}

interface Before {
  /** Null: the file was not there. */
  readonly bytes: Buffer | null;
  /** Whether these are the very bytes of the backup. */
  readonly isWhole: boolean;
}

/** Step by step as long as the file is what a step has left; from there on only Baton's own part is taken out. */
async function before(now: TextFile, steps: readonly Step[]): Promise<Before> {
  let bytes = now.bytes;
  for (const [at, step] of steps.entries()) {
    if (bytes === null) return { bytes, isWhole: true };
    if (step.sha256 !== sha256Of(bytes)) return takenOut({ ...now, bytes }, steps.slice(at));
    bytes = await backupOf(step);
  }
  return { bytes, isWhole: true };
}

async function takenOut(now: TextFile, steps: readonly Step[]): Promise<Before> {
  let text = (await decoded(now)).text;
  const kinds = new Map(steps.map((step) => [`${step.agent} ${step.what}`, step]));
  let isEmpty = false;
  for (const step of kinds.values()) {
    // The oldest of its kind has what the user had.
    const former = (await backupOf(step))?.toString("utf8").replace(/^\ufeff/, "") ?? null;
    text = without(text, step, former ?? "");
    isEmpty = former === null && /^\s*(\{\s*\})?\s*$/.test(text);
  }
  return { bytes: isEmpty ? null : bytesFor(now, text), isWhole: false };
}

async function decoded(now: TextFile): Promise<TextFile> {
  return { ...now, text: (now.bytes ?? Buffer.alloc(0)).toString("utf8").replace(/^\ufeff/, "") };
}

function without(text: string, { agent, what }: Change, former: string): string {
  if (what === "instructions") return withoutInstructions(text, former);
  const registrar = REGISTRARS.find((one) => one.agent === agent);
  if (registrar === undefined) return text;
  return ["baton", "claude-file-tools"].reduce((now, name) => registrar.unregister(now, name, former), text);
}

function pathOfBackup(step: Step | undefined): string | null {
  return step === undefined || step.backup === null ? null : path.join(step.run.folder, step.backup);
}

async function backupOf(step: Step): Promise<Buffer | null> {
  const file = pathOfBackup(step);
  return file === null ? null : readFile(file);
}

/** Marks a change as taken back, and removes the folders that it made when they are empty. */
async function close(step: Step): Promise<void> {
  const { run, agent, what, file } = step;
  // Several steps of one run are closed one after the other.
  run.changes = run.changes.map((change) =>
    change.agent === agent && change.what === what && change.file === file
      ? { ...change, undone: true }
      : change,
  );
  await saveRun(run);
  for (const folder of step.folders.toReversed()) await rmdir(folder).catch(() => undefined);
}
