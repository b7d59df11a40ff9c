import type { ApprovalRule, ApprovalSettings } from "../contracts/config.ts";
import type { Request } from "../contracts/request.ts";

/** What a rule looks at. */
export interface Asked extends Pick<Request, "kind" | "summary"> {
  readonly agent: string;
  readonly cwd: string;
  readonly takes: "decision" | "text";
}

/** What becomes of a request before anybody is asked: the first rule that fits decides, else the default. */
export function decide(
  { rules, default: otherwise }: Pick<ApprovalSettings, "rules" | "default">,
  asked: Asked,
): ApprovalRule["decision"] {
  const fitting = rules.find((rule) => fits(rule, asked));
  const decision = fitting?.decision ?? otherwise;
  // Nobody has said what the answer would be.
  return decision === "approve" && asked.takes === "text" ? "ask" : decision;
}

/** Whether a task's conversation has to be able to ask at all. */
export function mayAsk({ rules, default: otherwise }: Pick<ApprovalSettings, "rules" | "default">): boolean {
  return otherwise === "ask" || rules.some(({ decision }) => decision !== "decline");
}

function fits(rule: ApprovalRule, asked: Asked): boolean {
  return (
    (rule.agent === undefined || rule.agent === asked.agent) &&
    (rule.kind === undefined || rule.kind === asked.kind) &&
    (rule.cwd === undefined || isWithin(asked.cwd, rule.cwd)) &&
    (rule.summary === undefined || isLike(rule, asked))
  );
}

/** What `*` must not stand for where something is approved: another command, another file, a way out of a folder. */
const BEYOND: Readonly<Partial<Record<Asked["kind"], RegExp>>> = {
  command: /[;&|<>$`()\n\r]/,
  file_change: /[,\n\r]|\.\./,
};

function isLike({ summary: pattern = "*", decision }: ApprovalRule, { kind, summary }: Asked): boolean {
  if (decision !== "approve") return isMatch(pattern, summary, null);
  // What was cut off could be anything.
  return !summary.endsWith("…") && isMatch(pattern, summary, BEYOND[kind] ?? null);
}

/**
 * The first place where each part fits will do: a later one only leaves more to the `*` before it. A regular expression
 * would try them all, and a model chooses the text.
 */
function isMatch(pattern: string, text: string, beyond: RegExp | null): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  const isAnything = (from: number, to: number) => beyond?.test(text.slice(from, to)) !== true;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || !isAnything(at, found)) return false;
    at = found + part.length;
  }
  const end = text.length - last.length;
  return end >= at && text.endsWith(last) && isAnything(at, end);
}

/** Whether a path is a folder or below it; both absolute, in the spelling of one system. */
export function isWithin(path: string, folder: string): boolean {
  // Elsewhere than on Windows a backslash is a letter of a name.
  const isWindows = /^(?:[a-z]:|\\\\)/i.test(folder);
  const base = folder.replace(isWindows ? /[\\/]+$/ : /\/+$/, "");
  return (
    path === folder ||
    path === base ||
    path.startsWith(`${base}/`) ||
    (isWindows && path.startsWith(`${base}\\`))
  );
}
