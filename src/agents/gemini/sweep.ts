import { readdir, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";

import { isBlank, readChatFile } from "./chat-file.ts";
import type { GeminiHome } from "./home.ts";

/** Nothing that is younger is touched: a conversation may just have begun. */
const AGE_MS = 24 * 60 * 60_000;
const ERROR_REPORT = /^gemini-client-error-.*\.json$/;

/**
 * Removes what Gemini CLI 0.61.0 leaves behind and nobody misses: the file that it begins at every start for a conversation
 * that never comes, and its reports of errors, which quote prompts. Conversations stay.
 */
export async function sweep(home: GeminiHome, now: number): Promise<void> {
  const projects = await readdir(path.join(home.folder, "tmp")).catch(() => []);
  const chats = projects.map((name) => path.join(home.folder, "tmp", name, "chats"));
  const files = (await Promise.all(chats.map((folder) => oldIn(folder, now)))).flat();
  const reports = (await oldIn(home.temporary, now)).filter((file) => ERROR_REPORT.test(path.basename(file)));
  const blank = await Promise.all(files.map(isBlankFile));
  const over = [...files.filter((_, index) => blank[index]), ...reports];
  await Promise.all(over.map((file) => rm(file, { force: true })));
}

async function oldIn(folder: string, now: number): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.map((name) => path.join(folder, name));
  const ages = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  return files.filter((_, index) => {
    const found = ages[index] ?? null;
    return found !== null && found.isFile() && now - found.mtimeMs > AGE_MS;
  });
}

async function isBlankFile(file: string): Promise<boolean> {
  const chat = readChatFile(await readFile(file, "utf8").catch(() => ""));
  return chat.sessionId !== null && isBlank(chat);
}
