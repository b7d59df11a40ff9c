/** A part of a unified diff. */
export interface Hunk {
  /** The line that begins with `@@`. */
  readonly header: string;
  readonly lines: readonly string[];
}

/** The hunks of a unified diff, without the lines that name its files. */
export function hunksOf(diff: string): readonly Hunk[] {
  const hunks: { readonly header: string; readonly lines: string[] }[] = [];
  const body = diff.endsWith("\n") ? diff.slice(0, -1) : diff;
  for (const line of body.split("\n")) {
    if (line.startsWith("@@")) hunks.push({ header: line, lines: [] });
    else hunks.at(-1)?.lines.push(line);
  }
  return hunks;
}

/** The hunks as one text, each line ended. */
export function hunkText(diff: string): string {
  return hunksOf(diff)
    .map(({ header, lines }) => [header, ...lines].map((line) => `${line}\n`).join(""))
    .join("");
}

/** What lines with one of these signs say together, as the file had or has them. */
export function sideOf(diff: string, signs: " -" | " +" | "+" | "-"): string {
  const [ended, ...hunks] = hunksOf(diff).map(({ lines }) => textOf(lines, signs));
  return ended === undefined ? "" : [ended, ...hunks].join("");
}

const NO_END = "\\ No newline";

function textOf(lines: readonly string[], signs: string): string {
  return lines
    .map((line, index) => {
      if (line.startsWith(NO_END) || !signs.includes(line[0] ?? " ")) return "";
      return line.slice(1) + (lines[index + 1]?.startsWith(NO_END) === true ? "" : "\n");
    })
    .join("");
}

const RANGE = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** Where a hunk stands; counted from its lines where its header does not say it. */
export function rangeOf({ header, lines }: Hunk) {
  const [, oldStart = "1", oldLines, newStart = "1", newLines] = RANGE.exec(header) ?? [];
  const count = (sign: string) =>
    lines.filter((line) => !line.startsWith("\\") && (line[0] ?? " ") !== sign).length;
  const isKnown = RANGE.test(header);
  return {
    oldStart: Number(oldStart),
    oldLines: isKnown ? Number(oldLines ?? "1") : count("+"),
    newStart: Number(newStart),
    newLines: isKnown ? Number(newLines ?? "1") : count("-"),
  };
}
