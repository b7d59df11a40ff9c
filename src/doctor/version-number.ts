/** The number in what `--version` prints, such as `codex-cli 0.169.0` or `2.1.330 (Claude Code)`; null without one. */
export function versionIn(text: string): string | null {
  return /\d+\.\d+\.\d+(-[\w.]+)?/.exec(text)?.[0] ?? null;
}

/** The three numbers of a version; null for anything else. What follows them (`-alpha.1`) does not count. */
export function parsedVersion(version: string): readonly [number, number, number] | null {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim()) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/** Whether one version comes before another; false where one of them is none. */
export function isBelow(version: string, other: string): boolean {
  const [left, right] = [parsedVersion(version), parsedVersion(other)];
  if (left === null || right === null) return false;
  const at = left.findIndex((number, index) => number !== right[index]);
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0);
}
