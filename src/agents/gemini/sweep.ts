import { readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";

import { hasAnswer, isBlank, readChatFile, type ChatFile } from "./chat-file.ts";
import type { GeminiHome } from "./home.ts";

/** Nothing that is younger and stands alone is touched: a conversation may just have begun. */
const AGE_MS = 24 * 60 * 60_000;
const ERROR_REPORT = /^gemini-client-error-.*\.json$/;
const SHORT_ID = /-([\w-]{8})\.jsonl?$/;

/**
 * Removes what Gemini CLI 0.61.0 leaves behind and nobody misses: the file that it begins at every start for a conversation
 * that never comes, and its reports of errors, which quote prompts.
 *
 * The file that it begins whenever it takes a conversation up goes at once. Where retention is on, and a trusted project can
 * switch it on, the next start takes that file for one to be cleared away, and every other of the same conversation with it.
 */
export async function sweep(home: GeminiHome, now: number): Promise<void> {
  const projects = await readdir(path.join(home.folder, "tmp")).catch(() => []);
  const chats = projects.map((name) => path.join(home.folder, "tmp", name, "chats"));
  const over = await Promise.all([...chats.map((folder) => blankIn(folder, now)), reportsIn(home, now)]);
  await Promise.all(over.flat().map((file) => rm(file, { force: true })));
}

async function reportsIn({ temporary }: GeminiHome, now: number): Promise<readonly string[]> {
  const names = (await readdir(temporary).catch(() => [])).filter((name) => ERROR_REPORT.test(name));
  return oldOf(
    names.map((name) => path.join(temporary, name)),
    now,
  );
}

async function blankIn(folder: string, now: number): Promise<readonly string[]> {
  const files = (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name));
  const groups = Object.values(Object.groupBy(files, (file) => SHORT_ID.exec(file)?.[1] ?? file));
  const several = groups.flatMap((group = []) => (group.length > 1 ? [group] : []));
  const [beside, old] = await Promise.all([Promise.all(several.map(blankBeside)), oldOf(files, now)]);
  const read = await Promise.all(old.map(readFileOf));
  return [...beside.flat(), ...read.filter(isBlankFile).map(({ file }) => file)];
}

/** The files in which nothing stands beside one of the same conversation in which an answer does. */
async function blankBeside(group: readonly string[]): Promise<readonly string[]> {
  const read = await Promise.all(group.map(readFileOf));
  const answered = new Set(read.filter(({ chat }) => hasAnswer(chat)).map(({ chat }) => chat.sessionId));
  return read
    .filter((found) => isBlankFile(found) && answered.has(found.chat.sessionId))
    .map(({ file }) => file);
}

interface Found {
  readonly file: string;
  readonly chat: ChatFile;
}

async function readFileOf(file: string): Promise<Found> {
  return { file, chat: readChatFile(await readFile(file, "utf8").catch(() => "")) };
}

function isBlankFile({ chat }: Found): boolean {
  return chat.sessionId !== null && isBlank(chat);
}

async function oldOf(files: readonly string[], now: number): Promise<readonly string[]> {
  const ages = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return files.filter((_, index) => {
    const found = ages[index] ?? null;
    return found !== null && found.isFile() && now - found.mtimeMs > AGE_MS;
  });
}
