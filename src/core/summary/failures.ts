import { quotableLine, quoteOf, type Quote } from "../context/quotable.ts";
import type { ToolUse } from "../transcript.ts";

/** A command that did not succeed. */
export interface Failure {
  /** On one line, quotable. */
  readonly command: string;
  readonly times: number;
  readonly state: "failing" | "passed_later" | "denied";
  /** The last lines of what it wrote when it failed last; null where nothing is known. */
  readonly output: Quote | null;
}

const KEPT = 60;
const LONGEST = 2_000;
/** A search that finds nothing and a comparison that finds a difference end with an error and are none. */
const ASKING =
  /^(?:\S*\/)?(?:grep|egrep|rg|ag|git grep|find|test|\[|diff|cmp|which|command|type|pgrep|ls)(?:\s|$)/;

interface Known extends Failure {
  readonly key: string;
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
  return {
    add({ command, outcome, output }: ToolUse): void {
      if (command === null || outcome === "unknown") return;
      const key = keyOf(command);
      if (outcome === "ok") {
        const failed = known.get(key);
        if (failed?.state === "failing") known.set(key, { ...failed, state: "passed_later" });
        return;
      }
      const said = output === null || output.text.trim() === "" ? null : quoteOf(output, "end", 1_500);
      const state = outcome === "denied" ? "denied" : "failing";
      if (state === "failing" && said === null && ASKING.test(key)) return;
      add(key, { command: quotableLine(command, 200), state, output: said });
    },
    /** Newest first. */
    facts: (): { readonly failures: readonly Failure[]; readonly beyond: number } => ({
      failures: [...known.values()].toReversed(),
      beyond,
    }),
  };
}

/** What passed later goes first. */
function weightOf({ state }: Failure): number {
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
