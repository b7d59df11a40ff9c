import { readFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { BatonError } from "../../contracts/error.ts";
import { findExecutable, isExecutable, resolveLinks } from "../../process/executable.ts";
import type { Launch } from "../driver.ts";

export const EXECUTABLE_VARIABLE = "BATON_CODEX_BIN";
const LAUNCHER_PACKAGE = "@openai/codex";

/**
 * The program to run for Codex: what the user named or what `codex` is on PATH, and behind npm's launcher the native binary.
 * @throws BatonError `agent_unavailable` when there is none.
 */
export async function findCodex(launch: Pick<Launch, "env" | "executable">): Promise<string> {
  const found = await findExecutable(launch.executable ?? "codex", launch.env);
  if (found === null) {
    const message =
      launch.executable === null
        ? "Codex is not installed: there is no `codex` on the PATH."
        : `There is no program at ${launch.executable}, which is named as the Codex to use.`;
    throw new BatonError("agent_unavailable", message, {
      hint: `Install it with \`npm install -g ${LAUNCHER_PACKAGE}\`, or name it in ${EXECUTABLE_VARIABLE}.`,
    });
  }
  return (await nativeBehind(found)) ?? found;
}

/**
 * The native binary that npm's launcher script would start, or null when this is no such launcher.
 * Started through Node the binary outlives a killed launcher (Codex 0.169.0, where Node cannot replace itself).
 */
async function nativeBehind(found: string): Promise<string | null> {
  const launcher = await launcherScript(found);
  if (launcher === null) return null;
  for (const vendor of vendorFolders(launcher)) {
    for (const candidate of binariesIn(vendor)) {
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

/** The launcher script itself, behind a link or beside a Windows shim. */
async function launcherScript(found: string): Promise<string | null> {
  const shim = path.join(path.dirname(found), "node_modules", LAUNCHER_PACKAGE, "bin", "codex.js");
  const script = /\.(cmd|bat|ps1)$/i.test(found) ? await resolveLinks(shim) : await resolveLinks(found);
  if (!script.endsWith(".js")) return null;
  const manifest = await readFile(path.join(path.dirname(script), "..", "package.json"), "utf8").catch(
    () => "",
  );
  return manifest.includes(`"${LAUNCHER_PACKAGE}"`) ? script : null;
}

function vendorFolders(launcher: string): readonly string[] {
  const inside = path.join(path.dirname(launcher), "..", "vendor");
  const platformPackage = `${LAUNCHER_PACKAGE}-${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(launcher).resolve(`${platformPackage}/package.json`);
    return [path.join(path.dirname(manifest), "vendor"), inside];
  } catch {
    return [inside];
  }
}

/** `bin` since 0.1xx; `codex` in packages before that. */
function binariesIn(vendor: string): readonly string[] {
  const name = process.platform === "win32" ? "codex.exe" : "codex";
  return [`*/bin/${name}`, `*/codex/${name}`].flatMap((pattern) =>
    globSync(pattern, { cwd: vendor }).map((file) => path.join(vendor, file)),
  );
}
