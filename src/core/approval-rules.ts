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

function isLike({ summary: pattern = "*", decision }: ApprovalRule, { kind, summary }: Asked): boolean {
  // What was cut off could be anything.
  if (decision === "approve" && summary.endsWith("…")) return false;
  // In an approved command `*` must not stand for the beginning of another command.
  const anything = decision === "approve" && kind === "command" ? "[^;&|<>$`()\\n\\r]*" : "[\\s\\S]*";
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(anything)}$`, "u").test(summary);
}

/** Whether a path is a folder or below it; both absolute, in the spelling of one system. */
export function isWithin(path: string, folder: string): boolean {
  const base = folder.replace(/[\\/]+$/, "");
  return path === folder || path === base || path.startsWith(`${base}/`) || path.startsWith(`${base}\\`);
}
