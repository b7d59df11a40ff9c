import type { RequestAnswer, TurnOptions } from "../driver.ts";
import { askedIn } from "./asked.ts";
import type { PermissionOutcome } from "./connection.ts";
import type { AcpWords } from "./profile.ts";
import type { PermissionRules } from "./permissions.ts";
import type { Permission, ToolCall } from "./wire.ts";

/** Who decides about the steps of a turn. */
export interface Deciding {
  readonly rules: PermissionRules;
  readonly words: AcpWords;
  /** Null: nobody can be asked. */
  readonly onRequest: NonNullable<TurnOptions["onRequest"]> | null;
}

/** The steps of one turn that the agent asks about. */
export interface Approvals {
  /** @param call all that was heard of the call. Settles at the latest when the turn is over or interrupted. Never rejects. */
  answer(asked: Permission, call: ToolCall, withdrawn: AbortSignal): Promise<PermissionOutcome>;
  /** Nothing is waited for from now on: ACP wants what is open answered as cancelled. */
  cancel(): void;
}

const CANCELLED: PermissionOutcome = { outcome: "cancelled" };

export function createApprovals({ rules, words, onRequest }: Deciding): Approvals {
  const over = new AbortController();
  const cancelled = new Promise<"cancelled">((resolve) => {
    over.signal.addEventListener("abort", () => resolve("cancelled"));
  });

  async function decide(
    asked: Permission,
    call: ToolCall,
    withdrawn: AbortSignal,
  ): Promise<"allow" | "decline"> {
    if (words.isOwnTool(asked)) return "allow";
    const verdict = await rules.decide(call);
    if (verdict !== "ask") return verdict;
    if (onRequest === null) return "decline";
    const until = AbortSignal.any([withdrawn, over.signal]);
    const answer = await onRequest(askedIn(call, words), until).catch((): RequestAnswer => DENIED);
    return answer.decision === "approve" ? "allow" : "decline";
  }

  return {
    async answer(asked, call, withdrawn) {
      if (over.signal.aborted) return CANCELLED;
      const verdict = await Promise.race([decide(asked, call, withdrawn), cancelled]);
      return verdict === "cancelled" ? CANCELLED : optionFor(asked, verdict);
    },
    cancel: () => over.abort(),
  };
}

const DENIED: RequestAnswer = { decision: "deny", reason: "Nobody could be asked." };

/** Never one that holds for later steps too; where there is none for this one alone the agent has to do without. */
function optionFor({ options }: Permission, verdict: "allow" | "decline"): PermissionOutcome {
  const wanted = verdict === "allow" ? "allow_once" : "reject_once";
  const option = options.find(({ kind }) => kind === wanted);
  return option === undefined ? CANCELLED : { outcome: "selected", optionId: option.optionId };
}
