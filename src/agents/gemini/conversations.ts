import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { hasAnswer, readChatFile } from "./chat-file.ts";
import type { GeminiHome } from "./home.ts";

/** A file of a conversation that says something. */
interface Kept {
  readonly file: string;
  readonly changedAt: number;
}

/**
 * Puts a conversation where Gemini CLI 0.61.0 can take it up without losing it.
 *
 * A `session/load` begins a new file for the conversation before it reads the old one. Its name is the minute and the first
 * eight characters of the id: within the minute in which the old one was made both are the same file, and the conversation is
 * gone. So the old one gets a name of a minute that never comes again. What earlier loads have begun and left empty goes. A
 * conversation of the person's own is copied: their file is never opened by a Gemini of ours.
 *
 * @returns whether there is such a conversation
 */
export async function makeReady(home: GeminiHome, cwd: string, id: string): Promise<boolean> {
  const chats = await chatsOf(home, cwd);
  if (chats === null) return false;
  const ours = await filesOf(home.folder, id);
  const kept = newest(ours.kept);
  const target = path.join(chats, `session-2000-01-01T00-00-${shortId(id)}`);
  await mkdir(chats, { recursive: true, mode: 0o700 });
  if (kept === null) {
    const theirs = newest((await filesOf(home.persons, id)).kept);
    if (theirs === null) return false;
    await writeFile(target + path.extname(theirs.file), await readFile(theirs.file), { mode: 0o600 });
  } else if (kept.file !== target + path.extname(kept.file)) {
    await rename(kept.file, target + path.extname(kept.file));
  }
  await Promise.all(ours.empty.map((file) => rm(file, { force: true })));
  return true;
}

const registrySchema = z.looseObject({ projects: z.record(z.string(), z.string()) });

/** The folder of a project's conversations; Gemini CLI itself chooses its name when it starts there. */
async function chatsOf({ folder }: GeminiHome, cwd: string): Promise<string | null> {
  const registry = registrySchema.safeParse(await jsonIn(path.join(folder, "projects.json"))).data;
  const name = registry?.projects[cwd] ?? registry?.projects[cwd.toLowerCase()];
  return name === undefined ? null : path.join(folder, "tmp", name, "chats");
}

function shortId(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_").slice(0, 8);
}

interface Found {
  readonly kept: readonly Kept[];
  /** Files that were begun and say nothing. */
  readonly empty: readonly string[];
}

/** The files of a conversation in any project of a home. */
async function filesOf(folder: string, id: string): Promise<Found> {
  const projects = await readdir(path.join(folder, "tmp")).catch(() => []);
  const files = await Promise.all(
    projects.map((name) => namedFor(path.join(folder, "tmp", name, "chats"), id)),
  );
  const read = await Promise.all(files.flat().map(async (file) => ({ file, is: await contentOf(file, id) })));
  const kept = read.filter(({ is }) => is === "conversation").map(({ file }) => withAge(file));
  return {
    kept: await Promise.all(kept),
    empty: read.filter(({ is }) => is === "nothing").map(({ file }) => file),
  };
}

async function namedFor(chats: string, id: string): Promise<readonly string[]> {
  const names = await readdir(chats).catch(() => []);
  const isIts = (name: string) => new RegExp(`^session-.*-${shortId(id)}\\.jsonl?$`).test(name);
  return names.filter(isIts).map((name) => path.join(chats, name));
}

async function withAge(file: string): Promise<Kept> {
  const { mtimeMs } = await stat(file);
  return { file, changedAt: mtimeMs };
}

function newest(kept: readonly Kept[]): Kept | null {
  return kept.toSorted((a, b) => b.changedAt - a.changedAt)[0] ?? null;
}

/** Whether a file is one of this conversation, and whether an answer stands in it. */
async function contentOf(file: string, id: string): Promise<"conversation" | "nothing" | "another"> {
  const chat = readChatFile(await readFile(file, "utf8").catch(() => ""));
  if (chat.sessionId !== id) return "another";
  return hasAnswer(chat) ? "conversation" : "nothing";
}

async function jsonIn(file: string): Promise<unknown> {
  return parsed(await readFile(file, "utf8").catch(() => ""));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
