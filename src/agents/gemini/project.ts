import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { writeWhereOther, type GeminiHome } from "./home.ts";

const registrySchema = z.looseObject({ projects: z.record(z.string(), z.string()).catch({}) });

/**
 * The folder of a directory's conversations in a home of ours, made where Gemini CLI has not run yet: its name stands in
 * `projects.json`, and the directory in a file of the folder (0.61.0).
 */
export async function projectFolder({ folder }: GeminiHome, cwd: string): Promise<string> {
  const file = path.join(folder, "projects.json");
  const registry = registrySchema.catch({ projects: {} }).parse(await jsonIn(file));
  const key = process.platform === "win32" ? cwd.toLowerCase() : cwd;
  const known = registry.projects[key];
  const name = known ?? freeName(cwd, new Set(Object.values(registry.projects)));
  const project = path.join(folder, "tmp", name);
  if (known === undefined) {
    await mkdir(project, { recursive: true, mode: 0o700 });
    await writeWhereOther(path.join(project, ".project_root"), key);
    const projects = { ...registry.projects, [key]: name };
    await writeWhereOther(file, JSON.stringify({ ...registry, projects }, null, 2));
  }
  return project;
}

function freeName(cwd: string, taken: ReadonlySet<string>): string {
  const plain = path
    .basename(cwd)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const base = plain === "" ? "project" : plain;
  let name = base;
  for (let count = 1; taken.has(name); count += 1) name = `${base}-${count}`;
  return name;
}

async function jsonIn(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
