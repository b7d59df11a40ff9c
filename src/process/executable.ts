import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import path from "node:path";

const WINDOWS_EXTENSIONS = [".exe", ".cmd", ".bat", ""];

/** The absolute path of a program as the person's shell would find it, or null. A name with a slash is taken as a path. */
export async function findExecutable(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const folders = path.basename(name) === name ? searchPath(env) : [""];
  const extensions = process.platform === "win32" ? WINDOWS_EXTENSIONS : [""];
  for (const folder of folders) {
    for (const extension of extensions) {
      const candidate = path.resolve(folder, name + extension);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

/** The file behind links, e.g. the script inside a package that npm linked into its bin folder. */
export async function resolveLinks(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function searchPath(env: Readonly<Record<string, string>>): readonly string[] {
  const value = env["PATH"] ?? env["Path"] ?? "";
  return value.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}
