import { readlink, realpath } from "node:fs/promises";
import path from "node:path";

import type { Access } from "../../contracts/task.ts";
import type { ToolCall } from "./wire.ts";

/** What becomes of a step: taken, refused, or somebody else decides. */
export type Verdict = "allow" | "decline" | "ask";

export interface PermissionRules {
  decide(call: ToolCall): Promise<Verdict>;
  /**
   * Steps of these kinds end the turn where they were taken without a question. Empty where the agent has other means that
   * hold the level, and may take what they let through.
   */
  readonly unasked: ReadonlySet<string>;
}

const LOOKING: ReadonlySet<string> = new Set(["read", "search", "think"]);
const CHANGING: ReadonlySet<string> = new Set(["edit", "delete", "move"]);
const ACTING: ReadonlySet<string> = new Set([...CHANGING, "execute"]);

export interface RulesRequest {
  readonly access: Access;
  readonly cwd: string;
  readonly privateFolders: readonly string[];
  /** A folder within those that is the task's own all the same. */
  readonly ownFolder: string | null;
  /** Whether the agent has means of its own that hold the level. */
  readonly heldBy: "agent" | "requests";
}

/**
 * The rules for an agent of which nothing more is known than what it asks: under `read` nothing but looking, under `write`
 * also changes in the directory, and whatever else it asks for is somebody's to decide; under `full` everything.
 */
export function standardRules({
  access,
  cwd,
  privateFolders,
  ownFolder,
  heldBy,
}: RulesRequest): PermissionRules {
  return {
    unasked: access === "read" && heldBy === "requests" ? ACTING : new Set(),
    async decide(call) {
      if (access === "full") return "allow";
      const paths = await pathsIn(call, cwd);
      const isPrivate = async () => {
        const hidden = await Promise.all(privateFolders.map(realPath));
        const own = ownFolder === null ? null : await realPath(ownFolder);
        const others = paths.filter((file) => own === null || !isWithin(own, file));
        return others.some((file) => hidden.some((folder) => isWithin(folder, file)));
      };
      const kind = call.kind ?? "other";
      if (LOOKING.has(kind)) return (await isPrivate()) ? "decline" : "allow";
      if (access === "read") return "decline";
      const root = await realPath(cwd);
      const isInside = paths.length > 0 && paths.every((file) => isWithin(root, file));
      return CHANGING.has(kind) && isInside ? "allow" : "ask";
    },
  };
}

/** Every file that a call names, behind links. */
async function pathsIn({ content, locations }: ToolCall, cwd: string): Promise<readonly string[]> {
  const diffs = (content ?? []).flatMap((part) => (part.type === "diff" ? [part.path] : []));
  const named = [...(locations ?? []).map((location) => location.path), ...diffs];
  return Promise.all([...new Set(named)].map(async (file) => realPath(path.resolve(cwd, file))));
}

/** Where a path leads, also one to a file that is not there yet. */
export async function realPath(file: string): Promise<string> {
  const found = await realpath(file).catch(() => null);
  if (found !== null) return found;
  // A link to what is not there is written through all the same.
  const target = await readlink(file).catch(() => null);
  if (target !== null) return realPath(path.resolve(path.dirname(file), target));
  const parent = path.dirname(file);
  return parent === file ? file : path.join(await realPath(parent), path.basename(file));
}

/** Whether a file is a folder, or lies in it; both absolute and without links. */
export function isWithin(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way === "" || (!way.startsWith(`..${path.sep}`) && way !== ".." && !path.isAbsolute(way));
}
