import { accessSchema, type Access, type Usage } from "../contracts/task.ts";
import type { AgentFacts, AgentSays } from "./facts.ts";
import { isTooOld, rangeOf } from "./versions.ts";

/** One agent as `baton agents` shows it. */
export interface ListedAgent {
  readonly agent: string;
  readonly installed: boolean;
  readonly version: string | null;
  readonly path: string | null;
  /** How it is logged in, in its own word; null: not, or it does not tell. */
  readonly login: string | null;
  readonly billed_to: Usage["billed_to"];
  readonly models: readonly {
    readonly id: string;
    readonly efforts: readonly string[];
    readonly default: boolean;
  }[];
  /** Every effort that one of its models takes. */
  readonly efforts: readonly string[];
  readonly abilities: Readonly<Record<string, boolean | readonly Access[]>>;
}

/** What an agent can do for this user: the access that the config allows, and what its version brings. */
export function listed(facts: AgentFacts, max: Access): ListedAgent {
  const { agent, program, version, says } = facts;
  const models = says?.models ?? [];
  return {
    agent,
    installed: program !== null,
    version,
    path: program?.path ?? null,
    ...accountOf(says),
    models: models.map(({ id, efforts, isDefault }) => ({ id, efforts, default: isDefault })),
    efforts: [...new Set(models.flatMap(({ efforts }) => efforts))],
    abilities: { access: accessOf(facts, max), ...rangeOf(agent, version)?.can },
  };
}

function accountOf(says: AgentSays | null): Pick<ListedAgent, "login" | "billed_to"> {
  if (says === null) return { login: null, billed_to: "unknown" };
  return { login: says.isLoggedIn ? (says.account ?? "yes") : null, billed_to: says.billedTo };
}

function accessOf({ agent, program, version }: AgentFacts, max: Access): readonly Access[] {
  const levels = accessSchema.options;
  const isUsable = program !== null && !isTooOld(agent, version);
  return isUsable ? levels.slice(0, levels.indexOf(max) + 1) : [];
}
