import { taskError, type ErrorCode, type TaskError } from "../contracts/error.ts";
import type { Usage } from "../contracts/task.ts";
import { shortened } from "./text.ts";

/** What came of one member. `task` is null where not even a task came of it. */
export type Reply =
  | { readonly kind: "answered"; readonly name: string; readonly task: string; readonly text: string }
  | {
      readonly kind: "silent";
      readonly name: string;
      readonly task: string | null;
      /** Null: it was cancelled. */
      readonly error: TaskError | null;
    };

export interface PanelRules {
  /** How many answers are enough. */
  readonly quorum: number;
  /** What becomes of the rest once there are enough: all are waited for, or have only some more time. */
  readonly rest: "awaited" | "hurried";
  /** How long all of it may take, in milliseconds. */
  readonly limitMs: number;
}

/** How far a panel is; times are of a clock that never goes backwards, in milliseconds. */
export interface PanelProgress {
  readonly startedAt: number;
  /** How many have not ended. */
  readonly open: number;
  /** When there were enough answers; null while there are not. */
  readonly quorumAt: number | null;
}

export type PanelVerdict =
  | { readonly kind: "wait"; readonly until: number }
  /** Whoever is still open is ended: enough have answered, or the time is over. */
  | { readonly kind: "over"; readonly why: "all" | "enough" | "time" };

/** The least that the others get once enough have answered, in milliseconds. */
export const LEAST_GRACE_MS = 10_000;

/** How many answers a panel needs when nobody says: more than half. */
export function quorumOf(members: number, asked: number | null): number {
  return asked ?? Math.floor(members / 2) + 1;
}

/**
 * Whether a panel has what it can get, or when to look again. Where somebody has said how many answers are enough, the
 * others get as long again as those took, and at least ten seconds.
 */
export function judgePanel(
  { startedAt, open, quorumAt }: PanelProgress,
  rules: PanelRules,
  now: number,
): PanelVerdict {
  if (open === 0) return { kind: "over", why: "all" };
  const end = startedAt + rules.limitMs;
  const enough =
    quorumAt === null || rules.rest === "awaited"
      ? Infinity
      : quorumAt + Math.max(LEAST_GRACE_MS, quorumAt - startedAt);
  if (now >= end) return { kind: "over", why: "time" };
  if (now >= enough) return { kind: "over", why: "enough" };
  return { kind: "wait", until: Math.min(end, enough) };
}

/** The answers one after the other; the id in a heading is one that no answer can know. */
export function answersOf(replies: readonly Reply[]): string {
  return replies.map(sectionOf).join("\n\n");
}

/** What one member has said, under its name. */
export function sectionOf(reply: Reply): string {
  return `${headingOf(reply.name, reply.task)}\n\n${reply.kind === "answered" ? reply.text : `No answer: ${whyOf(reply)}`}`;
}

export function headingOf(name: string, task: string | null): string {
  return task === null ? `## ${name}` : `## ${name} (${task})`;
}

/** Longest error that is passed on with a panel. */
const WHY_LENGTH = 300;

function whyOf({ error }: Extract<Reply, { kind: "silent" }>): string {
  return error === null ? "cancelled" : `${error.code}: ${shortened(error.message, WHY_LENGTH)}`;
}

/** Says of a member that has not answered who it was and why; null for one that has. */
export function complaintOf(reply: Reply): string | null {
  if (reply.kind === "answered") return null;
  return `${reply.name}${reply.task === null ? "" : ` (${reply.task})`} has not answered: ${whyOf(reply)}`;
}

/** The error of a panel that too few have answered; null where enough have. */
export function failureOf(replies: readonly Reply[], quorum: number): TaskError | null {
  const answered = replies.filter(({ kind }) => kind === "answered").length;
  if (answered >= quorum) return null;
  const silent = replies.filter((reply) => reply.kind === "silent");
  const reasons = silent.map((reply) => `${reply.name}: ${whyOf(reply)}`).join("; ");
  const was = answered === 1 ? "1 answer has" : `${answered} answers have`;
  return taskError(codeOf(silent), `${was} come of ${replies.length}, ${quorum} are needed (${reasons})`, {
    hint: "The answers that came are in the result. Continue the panel's session to ask all of them again.",
    retryable: silent.some(({ error }) => error?.retryable === true),
  });
}

/** The code that all of them have, so that a script can tell; else the one that says least. */
function codeOf(silent: readonly { readonly error: TaskError | null }[]): ErrorCode {
  const codes = new Set(silent.map(({ error }) => error?.code ?? null));
  const [only = null] = codes;
  return codes.size === 1 && only !== null ? only : "agent_error";
}

/** What several tasks have used together; null when none has told. */
export function sumOfUsage(parts: readonly (Usage | null)[]): Usage | null {
  const told = parts.filter((usage) => usage !== null);
  const [first] = told;
  if (first === undefined) return null;
  const sum = (count: (usage: Usage) => number) => told.reduce((total, usage) => total + count(usage), 0);
  const costs = told.flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]));
  return {
    input_tokens: sum((usage) => usage.input_tokens),
    cached_input_tokens: sum((usage) => usage.cached_input_tokens),
    output_tokens: sum((usage) => usage.output_tokens),
    cost_usd: costs.length === 0 ? null : costs.reduce((total, cost) => total + cost, 0),
    billed_to: told.every(({ billed_to }) => billed_to === first.billed_to) ? first.billed_to : "unknown",
  };
}
