import type { AgentRequest, OpenRequest, RequestAnswer, TurnOptions } from "../driver.ts";
import { refusal, response } from "./answers.ts";
import { isAskingUnder } from "./argv.ts";
import { askedIn, type Asked } from "./asked.ts";
import { permissionSchema, type ControlRequest, type Permission } from "./wire.ts";

/** Who decides in a conversation about a step that Claude Code does not take by itself. */
export interface Standing {
  readonly access: OpenRequest["access"];
  readonly approvals: OpenRequest["approvals"];
  /** The user or the project has rules that want a question to be asked. */
  readonly hasAskRules: boolean;
}

/** The steps of one turn that somebody decides about. */
export interface Approvals {
  /** The line that answers a request, at the latest when the turn is over; null when it was withdrawn. Never rejects. */
  answer(request: ControlRequest): Promise<unknown>;
  /** Claude Code does not wait for this answer any more. */
  withdraw(requestId: string): void;
}

type OnRequest = NonNullable<TurnOptions["onRequest"]>;

const OVER = "The turn is over.";
const NOBODY = "Nobody can approve this here.";

/** @param over settles when the turn has ended: nothing is approved from then on. */
export function createApprovals(
  standing: Standing,
  onRequest: OnRequest | null,
  over: Promise<unknown>,
): Approvals {
  const open = new Map<string, AbortController>();
  void over.then(() => {
    for (const waiting of open.values()) waiting.abort(OVER);
  });

  async function ask(id: string, asked: Asked, decide: OnRequest): Promise<unknown> {
    const waiting = new AbortController();
    open.set(id, waiting);
    const ended = new Promise<RequestAnswer>((resolve) => {
      waiting.signal.addEventListener("abort", () => resolve({ decision: "deny", reason: OVER }));
    });
    const texts: string[] = [];
    for (const request of asked.requests) {
      // Whoever decides may fail or be gone; Claude Code would wait on.
      const answered = decided(request, decide, waiting.signal);
      const answer = await Promise.race([answered, ended]);
      const no = refusalIn(request, answer);
      if (no !== null) return asked.refusal(no);
      if (answer.decision === "answer") texts.push(answer.text);
    }
    return asked.approval(texts) ?? asked.refusal(UNFIT);
  }

  return {
    answer: async (line) => {
      const { request_id: id, request } = line;
      if (isTakenUnasked(request, standing)) return response(id, allowed(request));
      const isAsking = isAskingUnder(standing.access, standing.approvals);
      const asked = isAsking ? askedIn(request) : null;
      if (asked === null || onRequest === null) return refusal(line);
      const answer = await ask(id, asked, onRequest);
      const isWithdrawn = open.get(id)?.signal.reason === WITHDRAWN;
      open.delete(id);
      return isWithdrawn ? null : response(id, answer);
    },
    withdraw: (id) => open.get(id)?.abort(WITHDRAWN),
  };
}

const WITHDRAWN = "It was withdrawn.";
const UNFIT = "The answer is none of the options.";

async function decided(
  request: AgentRequest,
  decide: OnRequest,
  signal: AbortSignal,
): Promise<RequestAnswer> {
  try {
    return await decide(request, signal);
  } catch {
    return { decision: "deny", reason: NOBODY };
  }
}

/** Why an answer is a no; null when it is the kind of yes that was asked for. */
function refusalIn({ takes }: AgentRequest, answer: RequestAnswer): string | null {
  if (answer.decision === "deny") return answer.reason;
  const wanted = takes === "text" ? "answer" : "approve";
  return answer.decision === wanted ? null : NOBODY;
}

/** Under full access everything is, but for what a rule or a hook wants to be asked about, and questions. */
function isTakenUnasked(request: ControlRequest["request"], { access, hasAskRules }: Standing): boolean {
  if (access !== "full" || request.subtype !== "can_use_tool") return false;
  const permission = permissionSchema.safeParse(request).data;
  return permission !== undefined && !isToBeAsked(permission, hasAskRules);
}

const BY_RULE: ReadonlySet<string> = new Set(["rule", "hook"]);

/**
 * The tools of full access are allowed by rules, so what is still asked about is by a rule, by a hook, or by a check of
 * Claude Code's own. For several commands in one it does not tell these apart unless its own check has words (2.1.330).
 */
function isToBeAsked(permission: Permission, hasAskRules: boolean): boolean {
  const { decision_reason_type: type = "", matched_ask_rule, requires_user_interaction } = permission;
  if (BY_RULE.has(type) || matched_ask_rule !== undefined || requires_user_interaction === true) return true;
  if (type !== "subcommandResults") return false;
  return hasAskRules || permission.decision_reason === undefined;
}

function allowed(request: ControlRequest["request"]): unknown {
  return { behavior: "allow", updatedInput: request["input"] };
}
