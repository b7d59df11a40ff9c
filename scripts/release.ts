import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/**
 * `npm run release -- VERSION`: checks that the tree is one that may be released under that version, and says what to do
 * next. Only `--tag` changes something: it makes the tag. Nothing is ever pushed or published from here.
 */

const ROOT = path.resolve(import.meta.dirname, "..");
const MOST_BYTES = 1_000_000;
const MANIFESTS = [
  "package.json",
  "plugins/claude/.claude-plugin/plugin.json",
  "plugins/codex/.codex-plugin/plugin.json",
  "plugins/gemini/gemini-extension.json",
];
const run = promisify(execFile);

const words = process.argv.slice(2);
const [version, ...others] = words.filter((word) => !word.startsWith("--"));
const switches = words.filter((word) => word.startsWith("--"));
try {
  await release();
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function release(): Promise<void> {
  if (version === undefined || others.length > 0 || switches.some((word) => !isSwitch(word))) {
    throw new Error("usage: npm run release -- VERSION [--dry-run|--tag]");
  }
  const tag = `v${version}`;
  await check("the tree is clean", isClean);
  await check(`the manifests say ${version}`, () => everyManifestSays(version));
  await check(`the changelog has ${version} and its date`, () => changelogHas(version));
  await check(`the tag ${tag} is not taken`, () => isFree(tag));
  for (const script of ["check", "lint", "build"]) await check(`npm run ${script}`, () => npm("run", script));
  await check(`the package is smaller than ${MOST_BYTES} bytes`, isSmall);
  if (!switches.includes("--tag")) return say(`Nothing was changed. With --tag the tag ${tag} is made.`);
  await run("git", ["tag", "--annotate", tag, "--message", `Baton ${version}`], { cwd: ROOT });
  say(`The tag ${tag} is made. Push it and run \`npm publish\` when you mean it.`);
}

function isSwitch(word: string): boolean {
  return word === "--dry-run" || word === "--tag";
}

async function check(name: string, work: () => Promise<unknown>): Promise<void> {
  await work();
  say(`✓ ${name}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function isClean(): Promise<void> {
  const { stdout } = await run("git", ["status", "--porcelain"], { cwd: ROOT });
  if (stdout !== "") throw new Error(`the tree is not clean:\n${stdout}`);
}

async function everyManifestSays(wanted: string): Promise<void> {
  for (const file of MANIFESTS) {
    const manifest = JSON.parse(await readFile(path.join(ROOT, file), "utf8")) as { version?: string };
    if (manifest.version !== wanted) throw new Error(`${file} says ${manifest.version}, not ${wanted}`);
  }
}

async function changelogHas(wanted: string): Promise<void> {
  const text = await readFile(path.join(ROOT, "CHANGELOG.md"), "utf8");
  const heading = text.split("\n").find((line) => line.startsWith(`## ${wanted},`));
  if (heading === undefined) throw new Error(`CHANGELOG.md has no section "## ${wanted}, YYYY-MM-DD"`);
  if (!/, \d{4}-\d{2}-\d{2}$/.test(heading))
    throw new Error(`the changelog's section has no date: ${heading}`);
}

async function isFree(tag: string): Promise<void> {
  const { stdout } = await run("git", ["tag", "--list", tag], { cwd: ROOT });
  if (stdout !== "") throw new Error(`the tag ${tag} is there already`);
}

async function npm(...args: readonly string[]): Promise<string> {
  try {
    return (await run("npm", [...args], { cwd: ROOT })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

async function isSmall(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "baton-release-"));
  try {
    const packed = await npm("pack", "--json", "--silent", "--pack-destination", folder);
    const [{ size, files }] = JSON.parse(packed) as [{ size: number; files: { path: string }[] }];
    if (size >= MOST_BYTES) throw new Error(`the package has ${size} bytes`);
    const needed = ["LICENSE", "dist/main.mjs", "dist/THIRD-PARTY-LICENSES.txt"];
    const missing = needed.filter((name) => !files.some((file) => file.path === name));
    if (missing.length > 0) throw new Error(`the package lacks ${missing.join(", ")}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
