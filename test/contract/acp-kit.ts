import { createAcpDriver } from "../../src/agents/acp/driver.ts";
import { namedProfile } from "../../src/agents/acp/named.ts";
import type { Driver, Launch, OpenRequest, TurnOutcome } from "../../src/agents/driver.ts";
import { configSchema, namedAgents, type NamedAgent } from "../../src/contracts/config.ts";
import type { Access } from "../../src/contracts/task.ts";
import { addOpencode } from "../../testkit/opencode.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { it as sandboxed } from "../../testkit/vitest.ts";
import { NEW_CONVERSATION } from "./kit.ts";

export { describe, expect } from "vitest";
export { say, script } from "./kit.ts";

/** An agent as a config names it. */
export function agentNamed(name: string, settings: Readonly<Record<string, unknown>>): NamedAgent {
  const config = configSchema.parse({ agents: { [name]: { protocol: "acp", ...settings } } });
  const [agent] = namedAgents(config);
  if (agent === undefined) throw new Error(`the config names no agent ${name}`);
  return agent;
}

/** `it` with a sandbox alone. */
export const plain = sandboxed;

/** `it` with a sandbox in which opencode is installed, and a driver, which is closed before the sandbox looks for what is left. */
export const it = sandboxed.extend<{ driver: Driver }>({
  driver: async ({ sandbox }, use) => {
    await addOpencode(sandbox);
    const driver = createAcpDriver(namedProfile(agentNamed("opencode", { command: ["opencode", "acp"] })));
    await use(driver);
    await driver.close();
  },
});

/** The person's own environment. */
export function launchOf(sandbox: Sandbox, changes: Partial<Launch> = {}): Launch {
  return {
    env: sandbox.env,
    executable: null,
    settings: { mcp_servers: false, project_config: false },
    privateFolders: [sandbox.batonHome],
    ownFolder: null,
    ...changes,
  };
}

export function openAs(sandbox: Sandbox, access: Access, changes: Partial<OpenRequest> = {}): OpenRequest {
  return { launch: launchOf(sandbox), cwd: sandbox.workspace, access, ...NEW_CONVERSATION, ...changes };
}

export function textOf(outcome: TurnOutcome): string {
  if (outcome.status !== "completed")
    throw new Error(`the turn did not complete: ${JSON.stringify(outcome)}`);
  return outcome.answer;
}
