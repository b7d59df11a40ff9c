import { createHash, randomUUID } from "node:crypto";
import { link, lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Environment, Places } from "../driver.ts";
import { geminiFolderOf, personsHome, type UserSettings } from "./settings.ts";

/** A home of Baton's own for Gemini CLI: what `GEMINI_CLI_HOME` names. */
export interface GeminiHome {
  readonly root: string;
  /** `.gemini` in it. */
  readonly folder: string;
  /** Temporary files of what runs in it. */
  readonly temporary: string;
  /** `.gemini` of the person it is for. */
  readonly persons: string;
}

const ORIGIN = "person";

/** The home for the person of an environment. The same person has the same one, however Baton is called. */
export function homeFor(stateDir: string, env: Environment): GeminiHome {
  const name = createHash("sha256")
    .update(path.resolve(geminiFolderOf(env)))
    .digest("hex")
    .slice(0, 16);
  return homeIn(path.join(stateDir, "gemini", name), env);
}

/** Where the conversations of a session are, by the places of its first caller. */
export function homeOf(stateDir: string, places: Places): string {
  const known = Object.entries(places).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  const env: Environment = Object.fromEntries(known);
  const chosen = env["GEMINI_CLI_HOME"];
  return chosen !== undefined && isOurs(stateDir, chosen) ? chosen : homeFor(stateDir, env).root;
}

function isOurs(stateDir: string, home: string): boolean {
  return path.dirname(path.resolve(home)) === path.join(stateDir, "gemini");
}

/** A home in a folder of the caller's choice. */
export function homeIn(root: string, env: Environment): GeminiHome {
  return {
    root,
    folder: path.join(root, ".gemini"),
    temporary: path.join(root, "tmp"),
    persons: geminiFolderOf(env),
  };
}

/** A person who has opened a conversation of Baton's has its home in their environment: it is theirs all the same. */
export async function ofPerson(stateDir: string, env: Environment): Promise<Environment> {
  const { GEMINI_CLI_HOME: chosen = "", ...rest } = env;
  if (!isOurs(stateDir, chosen)) return env;
  const origin = await readFile(path.join(chosen, ORIGIN), "utf8").catch(() => null);
  return origin === null || origin === rest["HOME"] ? rest : { ...rest, GEMINI_CLI_HOME: origin };
}

/** What Gemini CLI 0.61.0 keeps of a login and renews in place, whom it trusts, and what it is told in every project. */
const SHARED = [
  "oauth_creds.json",
  "google_accounts.json",
  "gemini-credentials.json",
  "mcp-oauth-tokens.json",
  "mcp-oauth-tokens-v2.json",
  "installation_id",
  "trustedFolders.json",
  ".env",
  "skills",
  "policies",
  "GEMINI.md",
];

/** Makes the home as it has to be now. What the person has is linked, so that it stays theirs and a renewed login too. */
export async function prepareHome(
  home: GeminiHome,
  env: Environment,
  { user, settings }: { readonly user: UserSettings; readonly settings: Record<string, unknown> },
): Promise<void> {
  for (const folder of [home.folder, home.temporary]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = [...SHARED, ...user.context.fileName.filter((name) => path.basename(name) === name)];
  await Promise.all([
    ...names.map((name) => share(path.join(home.persons, name), path.join(home.folder, name))),
    share(path.join(personsHome(env), ".env"), path.join(home.root, ".env")),
    writeWhereOther(path.join(home.root, ORIGIN), personsHome(env)),
    writeWhereOther(path.join(home.folder, "settings.json"), JSON.stringify(settings, null, 2)),
  ]);
}

async function share(theirs: string, ours: string): Promise<void> {
  const there = await lstat(theirs).catch(() => null);
  const here = await lstat(ours).catch(() => null);
  if (there === null || (await leadsTo(ours, theirs))) {
    if (there === null && here !== null) await rm(ours, { force: true });
    return;
  }
  const aside = `${ours}.${randomUUID()}`;
  await linkTo(theirs, aside, there.isDirectory());
  await rename(aside, ours).catch(() => rm(aside, { force: true }));
}

async function leadsTo(ours: string, theirs: string): Promise<boolean> {
  if ((await readlink(ours).catch(() => null)) === theirs) return true;
  const [here, there] = await Promise.all([lstat(ours).catch(() => null), lstat(theirs).catch(() => null)]);
  return here !== null && there !== null && here.ino === there.ino && here.dev === there.dev;
}

/** Windows lets few people make symbolic links; a second name for the same file does there. */
async function linkTo(theirs: string, ours: string, isFolder: boolean): Promise<void> {
  if (process.platform !== "win32") return symlink(theirs, ours);
  await (isFolder ? symlink(theirs, ours, "junction") : link(theirs, ours));
}

/** Nobody ever reads half of it: it is replaced as a whole, and only where it says something else. */
export async function writeWhereOther(file: string, text: string): Promise<void> {
  const present = await readFile(file, "utf8").catch(() => null);
  if (present === text) return;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, text, { mode: 0o600 });
  await rename(aside, file);
}
