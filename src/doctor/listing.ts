import type { AgentLogin } from "../agents/driver.ts";
import type { Agent, AgentAccess } from "../contracts/agent.ts";
import { taskError, type TaskError } from "../contracts/error.ts";
import { accessSchema, type Access } from "../contracts/task.ts";
import type { AgentFacts } from "./facts.ts";
import { isTooOld, minimumOf } from "./versions.ts";

/** An agent as `baton agents` lists it; `max` is the most access that the config gives. */
export function listed(facts: AgentFacts, max: Access): Agent {
  const { agent, title, program, version, says } = facts;
  const models = says?.models ?? [];
  return {
    agent,
    title,
    installed: program !== null,
    version,
    path: program?.path ?? null,
    ...loginOf(says?.login ?? null),
    models: [...models],
    efforts: [...new Set(models.flatMap(({ efforts }) => efforts))],
    abilities: says?.abilities ?? null,
    access: accessOf(facts, max),
    error: errorOf(facts),
  };
}

function loginOf(login: AgentLogin | null): Pick<Agent, "login" | "billed_to"> {
  if (login === null) return { login: null, billed_to: "unknown" };
  return { login: login.isLoggedIn ? (login.account ?? "yes") : null, billed_to: login.billedTo };
}

function accessOf({ says }: AgentFacts, max: Access): AgentAccess[] {
  const levels = accessSchema.options;
  return levels.flatMap((level) => {
    const hold = says?.access[level] ?? null;
    if (hold === null) return [];
    const allowed = levels.indexOf(level) <= levels.indexOf(max);
    return [{ level, held_by: hold.by, means: hold.means, allowed }];
  });
}

function errorOf({ agent, title, version, missing, silent }: AgentFacts): TaskError | null {
  if (missing !== null) return missing;
  if (!isTooOld(agent, version)) return silent;
  const message = `${title} ${version} is too old for Baton, which needs ${minimumOf(agent)}.`;
  return taskError("agent_unavailable", message, { hint: `baton doctor ${agent}` });
}
