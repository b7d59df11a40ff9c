import { BatonError } from "../contracts/error.ts";
import type { Config } from "../contracts/config.ts";
import { isCoordinator } from "../contracts/coordinator.ts";
import type { StartTask } from "../contracts/rpc.ts";
import type { Access } from "../contracts/task.ts";
import { lockedBy } from "../core/deadlock.ts";
import { depthOf, leastAccess, refusalOf, type Delegation } from "../core/lineage.ts";
import type { StoredTask } from "../store/tasks.ts";
import type { ChosenSession } from "./session-choice.ts";
import type { HubState } from "./state.ts";
import type { Asker } from "./viewer.ts";

/** Where a new task stands. */
export interface Place {
  readonly root: string;
  readonly parent: string | null;
  readonly depth: number;
  /** The agent that asks; null for a person. */
  readonly asker: string | null;
}

/**
 * Holds a new task to the rules of its lineage.
 * @throws BatonError `loop_depth`, `loop_cycle`, `fan_out`, `budget_exceeded`
 */
export function placeFor(
  hub: HubState,
  asker: Asker,
  { request, chosen, config }: { request: StartTask; chosen: ChosenSession; config: Config },
): Place {
  const above = aboveOf(hub, asker);
  const { root } = above;
  const delegation: Delegation = {
    ...above,
    asking: asker.task === null ? asker.origin.client.sessions : [],
    foreignDepth: asker.origin.bridge_depth,
    asked: {
      agent: request.agent,
      prompt: request.prompt,
      session: chosen.isNew ? null : chosen.session.id,
      nativeId: chosen.session.native_id,
    },
    spentUsd: config.limits.budget_usd_per_root === undefined ? 0 : hub.store.spending.costOf(root),
    limits: config.limits,
  };
  const refusal = refusalOf(delegation);
  if (refusal !== null) throw BatonError.from(refusal);
  if (!chosen.isNew) refuseDeadlock(hub, chosen.session.id, above.chain);
  return {
    root,
    parent: asker.task?.id ?? null,
    depth: depthOf(delegation),
    asker: asker.task === null ? agentOf(asker) : askerIn(asker.task),
  };
}

/** @throws BatonError `loop_cycle` when the session is held by a task that waits for one of those that ask */
function refuseDeadlock(hub: HubState, session: string, chain: Delegation["chain"]): void {
  const ids = chain.map(({ id }) => id);
  const holder = lockedBy(session, ids, hub.dispatcher);
  if (holder === null) return;
  throw new BatonError(
    "loop_cycle",
    `task ${holder}, which has the session ${session}, waits for one of yours`,
    {
      hint: "Both would wait for ever. Ask in a new session, or do the work yourself.",
      retryable: true,
    },
  );
}

/** The line that a task asked for by this asker would be in. */
function aboveOf(hub: HubState, { task, attribution }: Asker): Pick<Delegation, "root" | "chain" | "below"> {
  const root = attribution.kind === "delegate" ? "" : attribution.root;
  if (task === null) return { root, chain: [], below: 0 };
  const chain = hub.store.lineage.chain(task.id);
  return { root: task.root, chain, below: hub.store.lineage.countBelow(chain[0]?.id ?? task.id) };
}

/** Who is behind a task that asks: a panel or a relay asks in the name of whoever has asked it. */
function askerIn({ agent, asker }: Pick<StoredTask, "agent" | "asker">): string | null {
  return isCoordinator(agent) ? asker : agent;
}

function agentOf({ attribution }: Asker): string | null {
  return attribution.kind === "agent" ? attribution.agent : null;
}

/**
 * Holds a task to the access that its parent, its root and the config have.
 * @throws BatonError `access_denied`
 */
export function checkAccess(asker: Asker, wanted: Access, config: Config): void {
  const { attribution, task } = asker;
  const above = task?.access ?? (attribution.kind === "agent" ? attribution.access : null) ?? "full";
  const ceiling = leastAccess(above, config.access.max);
  if (leastAccess(wanted, ceiling) === wanted) return;
  const [who, hint] =
    ceiling === above && above !== config.access.max
      ? [task === null ? "the session that asks" : `task ${task.id}, which asks,`, "."]
      : ["[access] max of Baton's config", "; a person can raise [access] max in Baton's config."];
  throw new BatonError(
    "access_denied",
    `${wanted} access is more than there is to give: ${who} has ${ceiling}`,
    { hint: `Ask for ${ceiling} access${hint}` },
  );
}
