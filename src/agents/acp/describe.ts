import { z } from "zod";

import type { AgentDescription, AgentLogin, DescribeRequest } from "../driver.ts";
import { described } from "../described.ts";
import { NO_OBSERVER } from "../../process/child.ts";
import { modelsOf } from "./options.ts";
import { failureIn, startAcp, type AcpProcess } from "./process.ts";
import type { AcpProfile } from "./profile.ts";
import { openedSchema, type Opened } from "./wire.ts";

/**
 * Asks an installed agent about itself: what it answers to `initialize`, and what a new session offers, which is where ACP
 * tells of models and of a login that is missing. Costs no call of a model.
 */
export async function describeAgent(
  profile: AcpProfile,
  request: DescribeRequest,
): Promise<AgentDescription> {
  const { title } = profile;
  const plan = await profile.planToDescribe(request);
  const starting = startAcp(plan, { title, observer: NO_OBSERVER, startLimitMs: request.limitMs });
  try {
    return await described(
      title,
      request.limitMs,
      starting.then((agent) => descriptionOf(profile, agent, request)),
    );
  } finally {
    await starting.then(
      (agent) => agent.stop(),
      () => undefined,
    );
  }
}

async function descriptionOf(
  { words, holds, tells }: AcpProfile,
  agent: AcpProcess,
  { cwd }: DescribeRequest,
): Promise<AgentDescription> {
  const { loadSession, promptCapabilities, sessionCapabilities } = agent.capabilities;
  const { opened, login } = await lookIn(agent, { cwd, words });
  const has = (name: string) =>
    typeof sessionCapabilities[name] === "object" && sessionCapabilities[name] !== null;
  return {
    version: agent.version,
    login,
    models: opened === null ? [] : modelsOf({ opened }),
    abilities: {
      resume: loadSession || has("resume"),
      fork: has("fork"),
      steer: false,
      schema: false,
      images: promptCapabilities.image,
      ...tells,
      approvals: true,
    },
    access: holds,
    mcpServers: null,
  };
}

interface Look {
  readonly opened: Opened | null;
  readonly login: AgentLogin | null;
}

/** Opens a session and has it removed again, where the agent can do that. */
async function lookIn(
  agent: AcpProcess,
  { cwd, words }: Pick<DescribeRequest, "cwd"> & Pick<AcpProfile, "words">,
): Promise<Look> {
  try {
    const opened = await agent.request("session/new", { cwd, mcpServers: [] }, openedSchema);
    const { sessionId } = opened;
    if (sessionId !== undefined && "delete" in agent.capabilities.sessionCapabilities) {
      await agent.request("session/delete", { sessionId }, z.unknown()).catch(() => undefined);
    }
    return { opened, login: { isLoggedIn: true, account: null, billedTo: "unknown" } };
  } catch (error) {
    const failure = failureIn(error, agent);
    if (failure === null) throw error;
    const isLogin = words.failureOf(failure).code === "agent_auth";
    return {
      opened: null,
      login: isLogin ? { isLoggedIn: false, account: null, billedTo: "unknown" } : null,
    };
  }
}
