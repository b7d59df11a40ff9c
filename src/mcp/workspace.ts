import { homedir } from "node:os";
import path from "node:path";
import { BatonError } from "../contracts/error.ts";
import type { Call } from "./call.ts";
import type { FrontEnd, Standing } from "./front-end.ts";
import { attestedFolders } from "./identity.ts";

/**
 * Where the caller works: what its client attests, else its MCP roots, else the directory of the server; and what the
 * call asks for in the place of it.
 * @throws BatonError `cwd_denied` when nobody asked for a directory and that is the home folder, the root of the file
 * system, or none at all
 */
export async function standingOf(frontEnd: FrontEnd, call: Call, asked?: string): Promise<Standing> {
  const attested = attestedFolders(call.meta);
  const told = attested.length > 0 ? attested : await call.roots();
  const own = frontEnd.cwd === null ? [] : [frontEnd.cwd];
  const workspaces = told.length > 0 ? told : own;
  const [workspace] = workspaces;
  if (asked !== undefined) {
    const chosen = path.resolve(workspace ?? path.parse(process.cwd()).root, asked);
    return { cwd: workspace ?? chosen, workspaces, asked: chosen };
  }
  return { cwd: checked(workspace, frontEnd), workspaces, asked: null };
}

function checked(cwd: string | undefined, { env }: FrontEnd): string {
  const homes = [homedir(), env["HOME"]].filter((home) => home !== undefined);
  const isTooWide =
    cwd === undefined ||
    path.dirname(cwd) === cwd ||
    homes.some((home) => path.resolve(home) === path.resolve(cwd));
  if (!isTooWide) return cwd;
  throw new BatonError("cwd_denied", `${cwd ?? "nowhere"} is no workspace for an agent`, {
    hint: "Pass the directory to work in as `cwd`.",
  });
}
