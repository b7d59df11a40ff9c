import path from "node:path";

const RULE_ON_A_PATH = /^(Read|Edit|Write|MultiEdit|NotebookEdit|Glob|Grep)\(\/(?!\/)(.*)\)$/;

/**
 * Permission rules as they mean the same in another settings file: `/x` is relative to the folder that the file belongs
 * to and becomes `//folder/x`, which is absolute. `x`, `./x` and `~/x` mean the same everywhere (Claude Code 2.1.330).
 */
export function anchored(rules: readonly string[], folder: string): readonly string[] {
  return rules.map((rule) => {
    const [, tool, rest] = RULE_ON_A_PATH.exec(rule) ?? [];
    return tool === undefined || rest === undefined ? rule : `${tool}(/${inRules(folder)}/${rest})`;
  });
}

/** Rules that keep a folder or a file from being read and written, by the file tools and by commands that name it. */
export function rulesAgainst(place: string): readonly string[] {
  return ["Read", "Edit"].flatMap((tool) => [
    `${tool}(/${inRules(place)})`,
    `${tool}(/${inRules(place)}/**)`,
  ]);
}

/** An absolute path as rules spell it: forward slashes, a drive as the first folder (`/c/Users`). */
function inRules(folder: string): string {
  const posix = folder.replaceAll(path.sep, "/").replace(/\/+$/, "");
  return posix.replace(/^([A-Za-z]):/, (_, drive: string) => `/${drive.toLowerCase()}`);
}
