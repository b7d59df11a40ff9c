import { quotable, quotableLine, wholeEnd } from "../context/quotable.ts";
import { quoteOf, type Quote } from "../context/quote.ts";
import type { Cut, ToolUse } from "../transcript.ts";

/** A command that did not succeed. */
export interface Failure {
  /** On one line, quotable. */
  readonly command: string;
  readonly times: number;
  readonly state: "failing" | "passed_later" | "denied";
  /** The last lines of what it wrote when it failed last; null where nothing is known. */
  readonly output: Quote | null;
  /** The first line of it that speaks of an error, quotable; null where the output is short or has none. */
  readonly reason: string | null;
}

const KEPT = 60;
const OUTPUT_READ = 16_384;
/** An output of so many lines is taken in at a glance. */
const SHORT = 6;
/** How lines begin, or what they hold, by which programs report an error (test runners, compilers, interpreters). */
const ERROR_LINE =
  /^\s*(?:not ok\b|FAIL(?:ED)?\b|ERROR\b|error\b|fatal:|panic:|[✖✗×●]\s|E\s{3}|npm error (?!A complete))|\b\w*(?:Error|Exception)\b:|: (?:fatal )?error\b/;
const LONGEST = 2_000;
/** A search that finds nothing and a comparison that finds a difference end with an error and are none. */
const ASKING =
  /^(?:\S*\/)?(?:grep|egrep|rg|ag|git grep|find|test|\[|diff|cmp|which|command|type|pgrep|ls)(?:\s|$)/;

/** Quoted only at the end: most of what goes by is not told. */
interface Known extends Pick<Failure, "times" | "state"> {
  readonly key: string;
  readonly command: string;
  readonly output: Cut | null;
}

/** Keeps the commands that failed, newest last, and whether the same command passed later. */
export function createFailures() {
  const known = new Map<string, Known>();
  let beyond = 0;

  const add = (key: string, failure: Omit<Known, "key" | "times">) => {
    const times = (known.get(key)?.times ?? 0) + 1;
    known.delete(key);
    known.set(key, { ...failure, key, times });
    if (known.size <= KEPT) return;
    const [oldest] = [...known.values()].toSorted((one, other) => weightOf(one) - weightOf(other));
    if (oldest !== undefined) known.delete(oldest.key);
    beyond += 1;
  };
  const passed = (key: string) => {
    const failed = known.get(key);
    if (failed?.state === "failing") known.set(key, { ...failed, state: "passed_later" });
  };
  const failed = (key: string, command: string, { outcome, output }: ToolUse) => {
    const text = output?.text ?? "";
    if (outcome === "failed" && text.trim() === "" && ASKING.test(key)) return;
    add(key, {
      command,
      state: outcome === "denied" ? "denied" : "failing",
      output: text.trim() === "" ? null : output,
    });
  };
  return {
    add(use: ToolUse): void {
      if (use.command === null || use.outcome === "unknown") return;
      const key = keyOf(use.command);
      if (use.outcome === "ok") passed(key);
      else failed(key, use.command, use);
    },
    /** Newest first. */
    facts: (): { readonly failures: readonly Failure[]; readonly beyond: number } => ({
      failures: [...known.values()].toReversed().map(told),
      beyond,
    }),
  };
}

function told({ command, times, state, output }: Known): Failure {
  return {
    command: quotableLine(command, 200),
    times,
    state,
    output: output === null ? null : quoteOf(output, "end", 1_500),
    reason: reasonIn(output?.text ?? ""),
  };
}

/** Of the end of an output that is long enough to hide it. */
function reasonIn(output: string): string | null {
  const lines = quotable(wholeEnd(output, OUTPUT_READ)).split("\n");
  if (lines.length <= SHORT) return null;
  const found = lines.find((line) => ERROR_LINE.test(line));
  return found === undefined ? null : quotableLine(found, 140);
}

/** What passed later goes first. */
function weightOf({ state }: Known): number {
  return state === "passed_later" ? 0 : 1;
}

/** Two spellings that run the same thing in the same way. A pipe stays: it hides how the command before it ended. */
function keyOf(command: string): string {
  return command
    .slice(0, LONGEST)
    .trim()
    .replace(/^cd\s+(?:"[^"]*"|'[^']*'|[^\s;&|]+)\s*(?:&&|;)\s*/, "")
    .replace(/\s*2>&1\s*$/, "")
    .replaceAll(/\s+/g, " ");
}
