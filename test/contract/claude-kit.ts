import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";

import { createClaudeDriver } from "../../src/agents/claude/driver.ts";
import { claudeEnvironment } from "../../src/agents/claude/environment.ts";
import type { Conversation, Driver, Launch, OpenRequest, TurnOutcome } from "../../src/agents/driver.ts";
import { environmentFor } from "../../src/agents/environment.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import type { RateLimit } from "../../src/contracts/rate-limit.ts";
import type { Access } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { it as sandboxed } from "../../testkit/vitest.ts";
import { NEW_CONVERSATION } from "./kit.ts";

export { describe, expect } from "vitest";
export { say, script } from "./kit.ts";

/** `it` with a sandbox and a driver, which is closed before the sandbox looks for what is left. */
export const it = sandboxed.extend<{ driver: Driver; limits: RateLimit[] }>({
  /** What the driver has told of a subscription's limits. */
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from this pattern
  limits: async ({}, use) => use([]),
  driver: async ({ sandbox, limits }, use) => {
    const onRateLimits = (told: readonly RateLimit[]) => void limits.push(...told);
    const driver = createClaudeDriver({ stateDir: stateDirOf(sandbox), onRateLimits });
    await use(driver);
    await driver.close();
    const left = await readdir(stateDirOf(sandbox)).catch(() => []);
    if (left.length > 0) throw new Error(`files left by the driver: ${left.join(", ")}`);
  },
});

export function stateDirOf(sandbox: Sandbox): string {
  return path.join(sandbox.batonHome, "agents");
}

/** What the hub would start Claude Code with for the person in the sandbox. */
export async function launchOf(
  sandbox: Sandbox,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Launch> {
  const passedOn = await environmentFor(claudeEnvironment, { ...sandbox.env, ...env });
  return {
    env: passedOn,
    executable: null,
    settings: { mcp_servers: false, project_config: false },
    privateFolders: [sandbox.batonHome],
    ownFolder: null,
  };
}

export async function openAs(
  sandbox: Sandbox,
  access: Access,
  changes: Partial<OpenRequest> = {},
): Promise<OpenRequest> {
  const launch = await launchOf(sandbox);
  return {
    launch,
    cwd: sandbox.workspace,
    access,
    ...NEW_CONVERSATION,
    ...changes,
  };
}

/** The turn's outcome with everything that it reported on the way. */
export async function follow(
  conversation: Conversation,
  prompt: string,
): Promise<{ outcome: TurnOutcome; events: readonly AgentEvent[] }> {
  const events: AgentEvent[] = [];
  const outcome = await conversation.run(prompt, (event) => events.push(event)).outcome;
  return { outcome, events };
}

/** The events of one type, without their type. */
export function only<T extends AgentEvent["type"]>(
  events: readonly AgentEvent[],
  type: T,
): readonly Extract<AgentEvent, { type: T }>["data"][] {
  return events.flatMap((event) => (event.type === type ? [event.data] : [])) as never;
}

/** The tools that the model was offered first, but for Claude Code's stand-in for those it holds back. */
export function offeredTools(sandbox: Sandbox): readonly string[] {
  const body = (sandbox.model.requests[0]?.body ?? { tools: [] }) as { tools: { name: string }[] };
  return body.tools.map(({ name }) => name).filter((name) => name !== "DeferredToolPlaceholder");
}

export function textOf(outcome: TurnOutcome): string {
  if (outcome.status !== "completed")
    throw new Error(`the turn did not complete: ${JSON.stringify(outcome)}`);
  return outcome.answer;
}

/** A folder for the marks that something leaves which must not run. */
export async function markFolder(sandbox: Sandbox): Promise<string> {
  const folder = path.join(sandbox.root, "marks");
  await mkdir(folder, { recursive: true });
  return folder;
}
