import type { Cut } from "../../core/transcript.ts";
import { cutText } from "./cut.ts";

const NOTHING = "/dev/null";

/** A unified diff of these hunks. `null` stands for a file that is not there. */
export function diffOf(
  { from, to }: { readonly from: string | null; readonly to: string | null },
  hunks: string,
): Cut {
  const body = hunks.endsWith("\n") ? hunks : `${hunks}\n`;
  return cutText(`--- ${from ?? NOTHING}\n+++ ${to ?? NOTHING}\n${body}`);
}

/** The diff of a file that was made with this content. */
export function additionOf(path: string, content: string): Cut {
  return diffOf({ from: null, to: path }, wholeFile(content, "+"));
}

/** The diff of a file with this content that was removed. */
export function removalOf(path: string, content: string): Cut {
  return diffOf({ from: path, to: null }, wholeFile(content, "-"));
}

function wholeFile(content: string, sign: "+" | "-"): string {
  if (content === "") return "";
  const isEnded = content.endsWith("\n");
  const lines = (isEnded ? content.slice(0, -1) : content).split("\n");
  const range = sign === "+" ? `-0,0 +1,${lines.length}` : `-1,${lines.length} +0,0`;
  const end = isEnded ? "" : "\n\\ No newline at end of file";
  return `@@ ${range} @@\n${lines.map((line) => sign + line).join("\n")}${end}`;
}
