import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { BatonError } from "../contracts/error.ts";
import type { Places } from "../process/places.ts";

const TOKEN_BYTES = 32;

/**
 * Makes the folders of a hub, for this user alone.
 * @throws BatonError `hub_unavailable` when they cannot be made or belong to somebody else.
 */
export async function makeFolders(places: Places): Promise<void> {
  const { home, agentsFolder, worktreesFolder, scratchFolder, socketFolder } = places;
  for (const folder of [home, agentsFolder, worktreesFolder, scratchFolder, socketFolder ?? home]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await assertPrivate(folder);
      await chmod(folder, 0o700);
    } catch (error) {
      if (error instanceof BatonError) throw error;
      throw new BatonError("hub_unavailable", `the folder ${folder} cannot be used: ${String(error)}`, {
        hint: "Give BATON_HOME a folder that you may write to.",
        cause: error,
      });
    }
  }
}

/** The token that a front end has to show; made new with each hub. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Writes the token for front ends, readable for this user alone. */
export async function writeToken(places: Places, token: string): Promise<void> {
  const draft = `${places.tokenFile}.${process.pid}`;
  await writeFile(draft, token, { mode: 0o600 });
  await rename(draft, places.tokenFile);
}

const STICKY = 0o1000;

/** Keeps a slip in BATON_HOME from closing a folder that others live in. */
async function assertPrivate(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder);
  // Windows has no user ids; there the folder lies in the user's own profile.
  const ours = process.getuid === undefined || uid === process.getuid();
  if (ours && (mode & STICKY) === 0 && folder !== homedir()) return;
  throw new BatonError("hub_unavailable", `the folder ${folder} cannot be kept for Baton alone`, {
    hint: "Set BATON_HOME to a folder of your own that holds nothing else.",
  });
}
