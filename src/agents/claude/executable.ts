import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

import { z } from "zod";

import { BatonError } from "../../contracts/error.ts";
import { findExecutable, isExecutable, resolveLinks } from "../../process/executable.ts";
import type { Launch } from "../driver.ts";
import { EXECUTABLE_VARIABLE } from "./environment.ts";

/** What npm puts on a Windows PATH; nothing starts such a file without a shell. */
const SHIM = /\.(cmd|bat|ps1)$/i;
const PACKAGE = "@anthropic-ai/claude-code";

/** How a person gets Claude Code, or makes Baton find it. */
export const INSTALL_HINT = `Install it with \`npm install -g ${PACKAGE}\` (see https://code.claude.com/docs/en/setup), or name the program in ${EXECUTABLE_VARIABLE}.`;

/**
 * The program to run for Claude Code: what the user named or what `claude` is on PATH; where that belongs to the npm
 * package, the native binary of its platform package, since the package's own file is only a stub when npm was told to
 * run no install scripts (2.1.330).
 * @throws BatonError `agent_unavailable` when there is none.
 */
export async function findClaude(launch: Pick<Launch, "env" | "executable">): Promise<string> {
  const found = await findExecutable(launch.executable ?? "claude", launch.env);
  if (found === null) {
    const message =
      launch.executable === null
        ? "Claude Code is not installed: there is no `claude` on the PATH."
        : `There is no program at ${launch.executable}, which is named as the Claude Code to use.`;
    throw new BatonError("agent_unavailable", message, { hint: INSTALL_HINT });
  }
  const program = (await nativeBehind(found)) ?? found;
  if (SHIM.test(program)) {
    const message = `${program} is a script that starts Claude Code; Baton needs the program itself.`;
    throw new BatonError("agent_unavailable", message, { hint: INSTALL_HINT });
  }
  return program;
}

async function nativeBehind(found: string): Promise<string | null> {
  const manifest = await packageOf(found);
  if (manifest === null) return null;
  for (const candidate of nativeBinaries(manifest)) {
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

/** The manifest of the npm package that the program belongs to, through npm's link or beside its Windows shim. */
async function packageOf(found: string): Promise<string | null> {
  const folder = SHIM.test(found)
    ? path.join(path.dirname(found), "node_modules", PACKAGE)
    : path.join(path.dirname(await resolveLinks(found)), "..");
  const manifest = path.join(folder, "package.json");
  return (await nameIn(manifest)) === PACKAGE ? manifest : null;
}

const manifestSchema = z.looseObject({ name: z.string() });

async function nameIn(manifest: string): Promise<string | null> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(manifest, "utf8"))).name;
  } catch {
    return null;
  }
}

/** npm installs the platform package that fits the C library, so that at most one of the first two is there. */
function nativeBinaries(manifest: string): readonly string[] {
  const target = `${process.platform}-${process.arch}`;
  const name = process.platform === "win32" ? "claude.exe" : "claude";
  const resolve = createRequire(manifest).resolve;
  const platformPackages = [target, `${target}-musl`].flatMap((suffix) => {
    try {
      return [path.join(path.dirname(resolve(`${PACKAGE}-${suffix}/package.json`)), name)];
    } catch {
      return [];
    }
  });
  return [...platformPackages, path.join(path.dirname(manifest), "bin", "claude.exe")];
}
