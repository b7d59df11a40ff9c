import type { Account } from "../../contracts/handoff.ts";
import type { LeftOut } from "../transcript.ts";
import type { HistoryEntry, Loss } from "./entry.ts";

/** Why a reader leaves something out. */
const REASONS: Readonly<Record<LeftOut["what"], Omit<Loss, "count">>> = {
  reasoning: { what: "reasoning", why: "it belongs to the model that has thought it" },
  image: { what: "images", why: "they are not carried" },
  sub_agent: { what: "records of sub-agents", why: "their results stand in the conversation itself" },
  abandoned_branch: { what: "abandoned messages", why: "the agent itself had gone back before them" },
  system: { what: "words of the agent's own program", why: "the other agent has its own" },
  unreadable: { what: "records", why: "they cannot be read" },
  unknown: { what: "records", why: "of a kind that Baton does not know" },
};

const KINDS = {
  user: "user",
  assistant: "assistant",
  shell: "tool",
  tool: "tool",
  edit: "edit",
  plan: "plan",
  note: null,
} as const;

export interface AccountParts {
  readonly entries: readonly HistoryEntry[];
  readonly changed: readonly Loss[];
  readonly dropped: readonly Loss[];
  readonly leftOut: readonly LeftOut[];
}

/** What has come of a conversation that was carried. */
export function accountOf({ entries, changed, dropped, leftOut }: AccountParts): Account {
  const carried: Record<string, number> = { user: 0, assistant: 0, tool: 0, edit: 0, plan: 0 };
  for (const entry of entries) {
    const kind = KINDS[entry.kind];
    if (kind !== null)
      carried[kind] = (carried[kind] ?? 0) + (entry.kind === "edit" ? entry.edits.length : 1);
  }
  const lost = leftOut.map(({ what, count }) => ({ ...REASONS[what], count }));
  return { carried, turned_to_text: [...changed], dropped: [...lost, ...dropped] };
}
