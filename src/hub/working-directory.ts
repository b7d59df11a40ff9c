import { realpath } from "node:fs/promises";
import path from "node:path";
import { BatonError } from "../contracts/error.ts";
import type { AccessSettings } from "../contracts/config.ts";
import { isCoordinator } from "../contracts/coordinator.ts";
import type { Caller } from "../contracts/rpc.ts";
import { isWithin } from "../core/approval-rules.ts";
import type { Asker } from "./viewer.ts";

export interface DirectoryRequest {
  /** Where the task would run, without links. */
  readonly cwd: string;
  /** Gives for a place in a worktree of ours the place in its repository, and for any other that itself. */
  readonly counted: (place: string) => string;
  /** Whether that directory was asked for, as against the one that the caller or the session has anyway. */
  readonly origin: "chosen" | "given";
  readonly asker: Asker;
  readonly caller: Caller;
  readonly access: AccessSettings;
}

/**
 * Holds a task to the folders that it may run in.
 * @throws BatonError `cwd_denied`
 */
export async function checkDirectory(request: DirectoryRequest): Promise<void> {
  await checkPlace(request, workspacesOf(request));
}

/**
 * Holds a file that is attached to the same folders; a model whose client names no workspace, to the directory in which
 * it asks.
 * @throws BatonError `cwd_denied`
 */
export async function checkFile(
  file: string,
  request: Omit<DirectoryRequest, "cwd" | "origin">,
): Promise<void> {
  const { asker, caller } = request;
  const place: DirectoryRequest = { ...request, cwd: file, origin: "chosen" };
  const isPerson = asker.viewer.kind === "person";
  await checkPlace(place, workspacesOf(place) ?? (isPerson ? null : [caller.cwd]));
}

async function checkPlace(request: DirectoryRequest, workspaces: readonly string[] | null): Promise<void> {
  const { cwd, counted, asker, caller, access } = request;
  const folders = (paths: readonly string[]) => realFolders(paths, caller);
  const roots = await folders(access.roots);
  if (roots.length > 0 && !isInside(counted(cwd), roots)) {
    throw new BatonError("cwd_denied", `${cwd} is in none of the folders that tasks may run in`, {
      hint: `[access] roots of Baton's config names them: ${roots.join(", ")}.`,
    });
  }
  if (workspaces === null) return;
  const allowed = [...(await folders(workspaces)), ...(await folders(access.model_roots))];
  if (isInside(cwd, allowed)) return;
  const whose = asker.task === null ? "the caller's workspace" : `the directory of task ${asker.task.id}`;
  throw new BatonError("cwd_denied", `${cwd} is outside ${whose} (${workspaces.join(", ")})`, {
    hint: "Work in your own directory; a person can allow others with [access] model_roots in Baton's config.",
  });
}

/** The folders that a model has to stay in; null for a person, and where no model has chosen. */
function workspacesOf({ asker, caller, origin }: DirectoryRequest): readonly string[] | null {
  // A panel has no files of its own: its members stay where whoever has asked it has to.
  if (asker.task !== null && !isCoordinator(asker.task.agent)) return [asker.task.cwd];
  if (asker.viewer.kind === "person" || origin === "given" || caller.workspaces.length === 0) return null;
  return caller.workspaces;
}

function isInside(cwd: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(cwd, folder));
}

/** Folders as the system knows them; `~` is the caller's home, and what is relative is relative to the config file. */
async function realFolders(folders: readonly string[], { env, config }: Caller): Promise<readonly string[]> {
  // Without a home it stands for nothing: the folder of the config must not take its place.
  const home = env["HOME"] ?? env["USERPROFILE"] ?? "~";
  const absolute = folders.map((folder) =>
    path.resolve(
      path.dirname(config),
      folder.replace(/^~(?=$|[\\/])/, () => home),
    ),
  );
  return Promise.all(absolute.map((folder) => realpath(folder).catch(() => folder)));
}
