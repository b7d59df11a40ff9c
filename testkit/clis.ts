import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Absolute paths of the pinned real CLIs. */
export interface Clis {
  /** Native binaries. */
  readonly codex: string;
  readonly claude: string;
  /** The script that npm links as `codex`; it starts the native one. */
  readonly codexLauncher: string;
  /** A script that runs with the Node on PATH. */
  readonly gemini: string;
}

/** The folder with the CLIs' own package.json and lockfile; the same from here and from the bundle in `dist`. */
export const CLIS_FOLDER = path.resolve(import.meta.dirname, "..", "testkit", "clis");

/**
 * Installs the pinned CLIs from the npm registry, once: a stamp with the lockfile's hash says that they are there.
 * No install script runs; the native binaries come inside the platform packages.
 */
export async function ensureClis(onInstall: () => void = () => undefined): Promise<Clis> {
  const stamp = path.join(CLIS_FOLDER, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(await readFile(path.join(CLIS_FOLDER, "package-lock.json")))
    .digest("hex");
  const installed = await readFile(stamp, "utf8").catch(() => "");
  if (installed !== wanted) {
    onInstall();
    await install(CLIS_FOLDER);
    await writeFile(stamp, wanted);
  }
  return locate();
}

/** Installs what the lockfile in a folder says; no install script runs. */
async function install(folder: string): Promise<void> {
  await npm(folder, ["ci"]);
}

/** Runs npm's installer in a folder, without the scripts of any package. */
export async function npm(folder: string, how: readonly string[]): Promise<void> {
  const args = [...how, "--ignore-scripts", "--no-audit", "--no-fund"];
  const script = process.env["npm_execpath"];
  if (script !== undefined && script.endsWith(".js")) {
    await run(process.execPath, [script, ...args], { cwd: folder });
    return;
  }
  // Node starts a .cmd file only through a shell; these arguments are our own constants.
  const windows = process.platform === "win32";
  await run(windows ? "npm.cmd" : "npm", args, { cwd: folder, shell: windows });
}

function locate(): Clis {
  const target = `${process.platform}-${process.arch}`;
  const extension = process.platform === "win32" ? ".exe" : "";
  // Other versions than the pinned ones, for `npm run compatibility`.
  const { BATON_TEST_CODEX, BATON_TEST_CLAUDE, BATON_TEST_GEMINI } = process.env;
  return {
    codex: BATON_TEST_CODEX ?? only(`node_modules/@openai/codex-${target}/vendor/*/bin/codex${extension}`),
    claude: BATON_TEST_CLAUDE ?? only(`node_modules/@anthropic-ai/claude-code-${target}/claude${extension}`),
    codexLauncher: only("node_modules/@openai/codex/bin/codex.js"),
    gemini: BATON_TEST_GEMINI ?? only("node_modules/@google/gemini-cli/bundle/gemini.js"),
  };
}

function only(pattern: string): string {
  const [found] = globSync(pattern, { cwd: CLIS_FOLDER });
  if (found === undefined) throw new Error(`the pinned CLIs lack ${pattern}`);
  return path.join(CLIS_FOLDER, found);
}
