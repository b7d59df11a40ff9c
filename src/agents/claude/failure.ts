import { BatonError, taskError, type ErrorCode, type TaskError } from "../../contracts/error.ts";
import type { ChildExit } from "../../process/child.ts";
import { shortened } from "../../core/text.ts";
import { failureOf, type FailureKind } from "../failed-turn.ts";
import { INSTALL_HINT } from "./executable.ts";
import type { Result } from "./wire.ts";

const AUTH: FailureKind = {
  code: "agent_auth",
  hint: "Run `claude` and then /login, or check ANTHROPIC_API_KEY where the call comes from.",
};
const LIMITED: FailureKind = {
  code: "agent_rate_limited",
  hint: "Wait until the limit resets (`claude` shows it with /usage), or use another model or agent.",
};
const TROUBLE: FailureKind = {
  code: "agent_error",
  hint: "The model's provider has trouble or cannot be reached. Check the network and try again.",
  retryable: true,
};
const UNFIT: FailureKind = {
  code: "agent_error",
  hint: "Say in the prompt what each field stands for, or make the schema simpler.",
};
const OTHER: FailureKind = {
  code: "agent_error",
  hint: "The words are Claude Code's own; try the same prompt in `claude` to see more.",
};

const AUTH_WORDS = /not logged in|please run \/login|invalid api key|authentication[_ ]failed/i;
/** A subscription's limits are told in words alone. */
const LIMIT_WORDS = /(usage|session|weekly|rate) limit|hit your limit/i;

/** What a failed turn means, with Claude Code's own words as the message. */
export function turnFailure(result: Result): TaskError {
  const words = result.result ?? result.errors.join("; ");
  const message =
    words === "" ? "Claude Code ended the turn as failed and did not say why." : `Claude Code: ${words}`;
  return failureOf(kindOf(result, words), message);
}

/** The answer was to follow a JSON Schema and does not; Claude Code 2.1.330 reminds its model once and then goes on. */
export function schemaFailure({ result }: Result): TaskError {
  const said = shortened(result ?? "", 200);
  return taskError(
    "agent_error",
    `Claude Code's answer does not follow the JSON Schema${said === "" ? "." : `: ${said}`}`,
    { hint: UNFIT.hint },
  );
}

function kindOf({ api_error_status: status, terminal_reason }: Result, words: string): FailureKind {
  if (terminal_reason === "structured_output_retry_exhausted") return UNFIT;
  if (status === 401 || status === 403 || AUTH_WORDS.test(words)) return AUTH;
  if (status === 429) return LIMITED;
  if (typeof status !== "number" && LIMIT_WORDS.test(words)) return LIMITED;
  if (typeof status === "number") return status >= 500 ? TROUBLE : OTHER;
  // Without a status no answer came at all: refused, cut or unreachable (2.1.330).
  return terminal_reason === "api_error" ? TROUBLE : OTHER;
}

interface Ending {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Why Claude Code 2.1.330 ends before its first turn, by its words on stderr. */
const ENDINGS: readonly Ending[] = [
  {
    pattern: /No conversation found with session ID/,
    code: "session_not_found",
    message: "Claude Code has no conversation with this id.",
    hint: "It may have been deleted, or lies under another CLAUDE_CONFIG_DIR. Start a new session: ask without --session, or with --reset for the same name.",
  },
  {
    pattern: /is already in use/,
    code: "session_busy",
    message: "Claude Code holds this conversation already.",
    hint: "End the Claude Code that has it open and ask again, or ask without --session for a new conversation.",
  },
  {
    pattern: /unknown option|unknown argument|argument .* is invalid|Allowed choices/i,
    code: "agent_unavailable",
    message: "This Claude Code is too old for Baton.",
    hint: `Update it with \`claude update\`, or as it was installed. ${INSTALL_HINT}`,
  },
  {
    pattern: /native binary not installed/,
    code: "agent_unavailable",
    message: "The npm package of Claude Code is there, its program is not.",
    hint: INSTALL_HINT,
  },
];

/** Why Claude Code could not be opened, from how its process ended. */
export function openFailure(exit: ChildExit, stderr: string): BatonError {
  const words = firstLines(stderr);
  if (exit.error !== null) {
    return new BatonError("agent_unavailable", `Claude Code cannot be started: ${exit.error.message}`, {
      hint: INSTALL_HINT,
    });
  }
  const known = ENDINGS.find(({ pattern }) => pattern.test(stderr));
  if (known === undefined) return new BatonError("agent_crashed", ended(exit, words, "when it was started"));
  const { code, message, hint } = known;
  return new BatonError(code, words === "" ? message : `${message} It says: ${words}`, { hint });
}

/** The process behind a conversation is gone in the middle of a turn. */
export function crashFailure(exit: ChildExit, stderr: string): TaskError {
  return taskError("agent_crashed", ended(exit, firstLines(stderr), "in the middle of the turn"), {
    hint: "The conversation is kept: the same session can go on.",
  });
}

function ended({ code, signal }: ChildExit, words: string, when: string): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return `Claude Code ended ${when}, ${how}.${words === "" ? "" : ` It says: ${words}`}`;
}

function firstLines(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(0, 3).join(" ").slice(0, 500);
}
