import { homedir } from "node:os";
import path from "node:path";
import { BatonError } from "../contracts/error.ts";
import type { Call } from "./call.ts";
import type { FrontEnd, Standing } from "./front-end.ts";
import { attestedFolders, rootOf } from "./identity.ts";

/**
 * Where the caller works: the directory that was asked for, else what its client attests, else its MCP roots, else the
 * directory of the server.
 * @throws BatonError `cwd_denied` when nobody asked for it and it is the home folder or the root of the file system.
 */
export async function standingOf(frontEnd: FrontEnd, call: Call, asked?: string): Promise<Standing> {
  const [attested] = attestedFolders(call.meta);
  const [first] = attested === undefined ? await call.roots() : [attested];
  const workspace = first ?? frontEnd.cwd;
  const cwd = asked === undefined ? checked(workspace, frontEnd) : path.resolve(workspace, asked);
  return { cwd, root: rootOf(frontEnd, call) };
}

function checked(cwd: string, { env }: FrontEnd): string {
  const homes = [homedir(), env["HOME"]].filter((home) => home !== undefined);
  const isTooWide =
    path.dirname(cwd) === cwd || homes.some((home) => path.resolve(home) === path.resolve(cwd));
  if (!isTooWide) return cwd;
  throw new BatonError("cwd_denied", `${cwd} is no workspace for an agent`, {
    hint: "Pass the directory to work in as `cwd`.",
  });
}
