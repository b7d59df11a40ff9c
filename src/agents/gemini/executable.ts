import path from "node:path";

import { BatonError } from "../../contracts/error.ts";
import { findExecutable } from "../../process/executable.ts";
import type { Launch } from "../driver.ts";
import { EXECUTABLE_VARIABLE } from "./environment.ts";

/** What npm puts on a Windows PATH; nothing starts such a file without a shell. */
const SHIM = /\.(cmd|bat|ps1)$/i;
const PACKAGE = "@google/gemini-cli";

/** How a person gets Gemini CLI, or makes Baton find it. */
export const INSTALL_HINT = `Install it with \`npm install -g ${PACKAGE}\` (see https://geminicli.com/docs/get-started/installation), or name the program in ${EXECUTABLE_VARIABLE}.`;

/**
 * How Gemini CLI is started: what the user named or what `gemini` is on PATH; behind npm's shim on Windows, the package's
 * script with the Node beside it or on PATH.
 * @throws BatonError `agent_unavailable` when there is none.
 */
export async function findGemini({
  env,
  executable,
}: Pick<Launch, "env" | "executable">): Promise<readonly [string, ...string[]]> {
  const found = await findExecutable(executable ?? "gemini", env);
  if (found === null) {
    const message =
      executable === null
        ? "Gemini CLI is not installed: there is no `gemini` on the PATH."
        : `There is no program at ${executable}, which is named as the Gemini CLI to use.`;
    throw new BatonError("agent_unavailable", message, { hint: INSTALL_HINT });
  }
  if (!SHIM.test(found)) return [found];
  const folder = path.dirname(found);
  const node = (await findExecutable(path.join(folder, "node"), env)) ?? (await findExecutable("node", env));
  if (node === null || SHIM.test(node)) {
    throw new BatonError("agent_unavailable", `${found} needs a Node, and there is none on the PATH.`, {
      hint: INSTALL_HINT,
    });
  }
  return [node, path.join(folder, "node_modules", PACKAGE, "bundle", "gemini.js")];
}
