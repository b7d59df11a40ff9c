import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Environment } from "../../driver.ts";
import type { NativeFile } from "../../transcripts/native.ts";
import { regularFiles } from "../../transcripts/walk.ts";

const CHAT = /^session-.*\.jsonl?$/;

/** `tmp/<project>/chats/session-<minute>-<beginning of the id>.jsonl`; up to 0.40 or so one JSON value, `.json`. */
export async function findConversations(env: Environment, stateDir: string) {
  const roots = foldersOf(env, stateDir);
  const found = await Promise.all(roots.map(chatsIn));
  return { files: found.flat(), roots };
}

/** The person's `.gemini`, and that of the home which Baton keeps for them. */
function foldersOf(env: Environment, stateDir: string): readonly string[] {
  const chosen = env["GEMINI_CLI_HOME"] ?? "";
  const home = chosen === "" ? (env["HOME"] ?? env["USERPROFILE"] ?? "") : chosen;
  const persons = path.join(home, ".gemini");
  const name = createHash("sha256").update(path.resolve(persons)).digest("hex").slice(0, 16);
  const own = path.join(stateDir, "gemini", name, ".gemini");
  return path.resolve(own) === path.resolve(persons) ? [persons] : [persons, own];
}

async function chatsIn(root: string): Promise<readonly NativeFile[]> {
  const projects = await projectsIn(root);
  const seen = await regularFiles(path.join(root, "tmp"), {
    depth: 2,
    accepts: (name) => CHAT.test(name),
    enters: (name, depth) => depth === 2 || name === "chats",
  });
  return seen
    .filter(({ file }) => path.basename(path.dirname(file)) === "chats")
    .map((file) => ({
      ...file,
      agent: "gemini",
      native_id: null,
      root,
      cwd: projects.get(path.basename(path.dirname(path.dirname(file.file)))) ?? null,
      title: null,
    }));
}

const projectsSchema = z.looseObject({ projects: z.record(z.string(), z.string()) });

/** The directories by the names of their folders; in versions without those names the folder is a hash of the directory. */
async function projectsIn(root: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(root, "projects.json"), "utf8").catch(() => "");
  const projects = projectsSchema.safeParse(parsed(text)).data?.projects ?? {};
  return new Map(
    Object.entries(projects).flatMap(([directory, name]) => [
      [createHash("sha256").update(directory).digest("hex"), directory] as const,
      [name, directory] as const,
    ]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
