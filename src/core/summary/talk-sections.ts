import { line, quotation, section, type Entry, type Section } from "../context/entry.ts";
import { code } from "../context/quotable.ts";
import { type Quote } from "../context/quote.ts";
import { RANKS, rankOf } from "../context/ranks.ts";
import type { Digest } from "./digest.ts";
import type { Failure } from "./failures.ts";

const COMMAND = 200;

/** The user's own words: what was asked first, and what was asked last. */
export function goalSection({ talk: { first, later, beyond }, decisions }: Digest): Section {
  if (first === null) return section("Goal", []);
  const opening = quotation(later.length === 0 ? "The user:" : "The user, at first:", first, {
    worth: "start",
    ...RANKS.goalFirst,
  });
  // What stands among the decisions is not said twice, but for the last, which says what is asked for now.
  const isDecision = ({ start }: Quote) => decisions.some((text) => text.endsWith(`"${start}"`));
  const shown = later.filter((quote, index) => index === later.length - 1 || !isDecision(quote));
  const others = shown.map((quote, index) => {
    const newer = shown.length - 1 - index;
    const first = newer === 0 ? RANKS.goalLast.first : rankOf("goalBetween", newer - 1);
    const lead = newer === 0 ? "The user, last:" : "The user, later:";
    return quotation(lead, quote, { worth: "start", first, step: RANKS.goalLast.step });
  });
  return section("Goal", [opening, ...others], beyond);
}

/** The newest rank first, in the order in which they were made. */
export function decisionsSection({ decisions, decisionsBeyond }: Digest): Section {
  const last = decisions.length - 1;
  return section(
    "Decisions",
    decisions.map((text, index) => line(text, rankOf("decisions", last - index))),
    decisionsBeyond,
  );
}

export function failuresSection({ failures, failuresBeyond }: Digest): Section {
  const entries = (["failing", "denied", "passed_later"] as const).flatMap((state) =>
    failures.filter((failure) => failure.state === state).map(failureEntry),
  );
  return section("Commands that failed", entries, failuresBeyond);
}

const STATE = {
  failing: { kind: "failing", words: (times: string) => `failed ${times}, not passed since` },
  passed_later: { kind: "passedLater", words: (times: string) => `failed ${times}, passed later` },
  denied: { kind: "denied", words: () => "was not allowed" },
} as const;

function failureEntry({ command, times, state, output, reason }: Failure, before: number): Entry {
  const { kind, words } = STATE[state];
  const said = `${code(command, COMMAND)} ${words(often(times))}`;
  const rank = rankOf(kind, before);
  if (output === null || state !== "failing") return line(said, rank);
  const why = reason === null ? "" : ` (${code(reason, COMMAND)})`;
  return quotation(`${said}${why}; its last lines:`, output, { worth: "end", first: rank, step: 6 });
}

function often(times: number): string {
  return ["never", "once", "twice"][times] ?? `${times} times`;
}

export function todoSection({ plan }: Digest): Section {
  if (plan.length === 0) return section("To-dos", []);
  const open = plan.filter(({ status }) => status !== "completed");
  const done = plan.length - open.length;
  const state =
    open.length === 0
      ? `All ${plan.length} steps of the plan are done`
      : `${done} of ${plan.length} steps of the plan are done; open:`;
  const begun = open.filter(({ status }) => status === "in_progress").length;
  let pending = 0;
  const entries = open.map(({ text, status }) => {
    if (status === "in_progress") return line(`[begun] ${text}`, rankOf("todo", 0));
    pending += 1;
    return line(`[open] ${text}`, rankOf("todo", begun + pending));
  });
  return section("To-dos", [line(state, rankOf("todo", 0)), ...entries]);
}

export function lastExchangeSection({ talk: { first, last, answer } }: Digest): Section {
  if (first === null && last === null && answer === null) return section("Last exchange", []);
  const { first: rank, step } = RANKS.answer;
  const user = last === null ? [] : [quotation("The user:", last, { worth: "start", first: rank, step })];
  if (answer === null) {
    return section("Last exchange", [
      ...user,
      line("The agent has not answered the user's last message.", rank),
    ]);
  }
  const lead =
    last === null && first !== null
      ? "To the user's last message under Goal the agent said last:"
      : "The agent:";
  return section("Last exchange", [...user, quotation(lead, answer, { worth: "both", first: rank, step })]);
}
