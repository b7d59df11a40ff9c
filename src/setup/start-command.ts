import { realpath, stat } from "node:fs/promises";
import path from "node:path";

import { findExecutable, resolveLinks } from "../process/executable.ts";

type Variables = Readonly<Record<string, string | undefined>>;

export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * How an agent is to start this Baton: by its name where it is installed for everybody's path, by npx where npx has brought
 * it for one run, else by its own absolute path. A home or a config of one's own is said in words, since not every
 * agent passes its environment on.
 */
export async function startCommand(script: string, env: Variables): Promise<StartCommand> {
  const { command, args } = await launcher(script, env);
  const places = [
    ["--home", env["BATON_HOME"]],
    ["--config", env["BATON_CONFIG"]],
  ] as const;
  const given = places.flatMap(([option, value]) =>
    value === undefined || value === "" ? [] : [option, path.resolve(value)],
  );
  return { command, args: [...args, "mcp", ...given] };
}

async function launcher(script: string, env: Variables): Promise<StartCommand> {
  const real = await resolveLinks(script);
  const folders = real.split(path.sep);
  // npm's folder for what it runs once may be emptied at any time.
  if (folders.includes("_npx")) return { command: "npx", args: ["-y", "baton-bridge"] };
  const isInstalled = folders.includes("node_modules");
  const found = await findExecutable("baton", named(env));
  if (isInstalled && found !== null && (await isSame(found, real))) return { command: "baton", args: [] };
  return { command: await absolute(script, real), args: [] };
}

/** The launcher beside the bundle when the bundle itself was started. */
async function absolute(script: string, real: string): Promise<string> {
  if (path.basename(path.dirname(real)) !== "dist") return path.resolve(script);
  const beside = path.resolve(path.dirname(real), "..", "bin", "baton");
  return (await stat(beside).catch(() => null)) === null ? path.resolve(script) : beside;
}

async function isSame(a: string, real: string): Promise<boolean> {
  return (await realpath(a).catch(() => a)) === real;
}

function named(env: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
