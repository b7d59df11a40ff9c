import type { Driver, Launch, OpenRequest, TurnOutcome } from "../../src/agents/driver.ts";
import { createCodexDriver } from "../../src/agents/codex/driver.ts";
import type { Access } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { it as sandboxed } from "../../testkit/vitest.ts";
import { NEW_CONVERSATION } from "./kit.ts";

export { describe, expect } from "vitest";
export { say, script } from "./kit.ts";

/** `it` with a sandbox and a driver, which is closed before the sandbox looks for what is left. */
export const it = sandboxed.extend<{ driver: Driver }>({
  // oxlint-disable-next-line no-unused-vars -- asking for the sandbox makes it outlive the driver
  driver: async ({ sandbox: _ }, use) => {
    const driver = createCodexDriver();
    await use(driver);
    await driver.close();
  },
});

/** The person's own environment, without a choice of executable. */
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
  return {
    launch: launchOf(sandbox),
    cwd: sandbox.workspace,
    access,
    ...NEW_CONVERSATION,
    ...changes,
  };
}

export function textOf(outcome: TurnOutcome): string {
  if (outcome.status !== "completed")
    throw new Error(`the turn did not complete: ${JSON.stringify(outcome)}`);
  return outcome.answer;
}
