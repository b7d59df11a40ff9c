import type { Limits } from "../contracts/config.ts";
import { taskError, type TaskError } from "../contracts/error.ts";
import { isCoordinator } from "../contracts/coordinator.ts";
import type { Access } from "../contracts/task.ts";

/** A task as the rules see it. */
export interface Link {
  readonly id: string;
  readonly agent: string;
  readonly session: string;
  readonly nativeId: string | null;
  readonly prompt: string;
  readonly access: Access;
  readonly depth: number;
}

/** Everything that decides whether one more task may be asked for. */
export interface Delegation {
  /** Where the lineage begins: the id of a session or a shell. */
  readonly root: string;
  /** The agents' own ids of the session that asks, where it is a root. */
  readonly asking: readonly string[];
  /** From the task that the root has asked for down to the one that asks now; empty when the root itself asks. */
  readonly chain: readonly Link[];
  /** The depth that another bridge has told; ours counts where it is deeper. */
  readonly foreignDepth: number;
  readonly asked: {
    readonly agent: string;
    readonly prompt: string;
    /** Null for a new one. */
    readonly session: string | null;
    readonly nativeId: string | null;
  };
  /** How many tasks there are beneath the first one of the chain, a panel with its members as one. */
  readonly below: number;
  /** What the tasks of this root have cost so far, as far as their agents tell, in US dollars. */
  readonly spentUsd: number;
  readonly limits: Pick<Limits, "max_depth" | "max_tasks_below" | "budget_usd_per_root">;
}

/** How many delegations deep the task would be, its own included. A panel and what it asks are one delegation. */
export function depthOf({ chain, foreignDepth }: Pick<Delegation, "chain" | "foreignDepth">): number {
  const asking = chain.at(-1);
  const above = asking === undefined ? 0 : asking.depth - (isCoordinator(asking.agent) ? 1 : 0);
  return Math.max(above, foreignDepth) + 1;
}

/** Why a task may not be asked for, in words that the model that asks can act on; null when it may. */
export function refusalOf(delegation: Delegation): TaskError | null {
  return tooDeep(delegation) ?? cycle(delegation) ?? tooMany(delegation) ?? tooDear(delegation);
}

const ALONE = "Do the work yourself with your own tools, and give what you have found as your answer.";

function tooDeep(delegation: Delegation): TaskError | null {
  const depth = depthOf(delegation);
  const { max_depth } = delegation.limits;
  if (depth <= max_depth) return null;
  return taskError(
    "loop_depth",
    `this would be delegation ${depth} of at most ${max_depth} ([limits] max_depth): ${chainText(delegation)}`,
    { hint: ALONE },
  );
}

function cycle(delegation: Delegation): TaskError | null {
  const { root, asking, chain, asked } = delegation;
  const waiting = chain.find(
    (link) => link.session === asked.session || (asked.nativeId !== null && link.nativeId === asked.nativeId),
  );
  const isRoot = asked.nativeId !== null && [root, ...asking].includes(asked.nativeId);
  if (waiting !== undefined || isRoot) {
    const whose =
      waiting === undefined ? `the session ${asked.nativeId}` : `the session of task ${waiting.id}`;
    return taskError(
      "loop_cycle",
      `${whose} waits above for this answer and cannot be asked: ${chainText(delegation)}`,
      { hint: `${ALONE} Or ask in a new session, if somebody else has to do it.` },
    );
  }
  const same = chain.find(({ agent, prompt }) => agent === asked.agent && isSame(prompt, asked.prompt));
  if (same === undefined) return null;
  return taskError(
    "loop_cycle",
    `${asked.agent} was asked exactly this above, as task ${same.id}: ${chainText(delegation)}`,
    { hint: ALONE },
  );
}

function tooMany(delegation: Delegation): TaskError | null {
  const { chain, below, limits } = delegation;
  const [first] = chain;
  // A panel was counted when it was asked for, as one.
  if (isCoordinator(chain.at(-1)?.agent ?? "")) return null;
  if (first === undefined || below < limits.max_tasks_below) return null;
  return taskError(
    "fan_out",
    `there are ${below} tasks beneath task ${first.id} already ([limits] max_tasks_below = ${limits.max_tasks_below}): ${chainText(delegation)}`,
    { hint: `${ALONE} Whoever has asked for ${first.id} can ask for more tasks.` },
  );
}

function tooDear({ root, spentUsd, limits }: Delegation): TaskError | null {
  const budget = limits.budget_usd_per_root;
  return budget === undefined || spentUsd < budget ? null : budgetError(root, spentUsd, budget);
}

/** The error of a task that is refused or stopped because its root's money is used up. */
export function budgetError(root: string, spentUsd: number, budget: number): TaskError {
  const dollars = (amount: number) => `$${amount.toFixed(2)}`;
  return taskError(
    "budget_exceeded",
    `the tasks of ${root} have cost ${dollars(spentUsd)} of ${dollars(budget)} ([limits] budget_usd_per_root)`,
    {
      hint: "Go on without other agents. A person can raise the budget in Baton's config; `baton usage` shows what it went for.",
    },
  );
}

function isSame(one: string, other: string): boolean {
  return one.trim().replaceAll(/\s+/g, " ") === other.trim().replaceAll(/\s+/g, " ");
}

function chainText({ root, chain, asked }: Delegation): string {
  const links = chain.map(({ agent, id }) => `${agent} (${id})`);
  return [root, ...links, asked.agent].join(" -> ");
}

const ORDER: readonly Access[] = ["read", "write", "full"];

/** The narrowest of several accesses. */
export function leastAccess(...levels: readonly Access[]): Access {
  return ORDER[Math.min(...levels.map((level) => ORDER.indexOf(level)))] ?? "read";
}
