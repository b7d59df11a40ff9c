import path from "node:path";

import { z } from "zod";

import type { Driver, Launch, OpenRequest, TurnOutcome } from "../../src/agents/driver.ts";
import { createGeminiDriver } from "../../src/agents/gemini/driver.ts";
import type { Access } from "../../src/contracts/task.ts";
import type { LoggedRequest } from "../../testkit/model/log.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { it as sandboxed } from "../../testkit/vitest.ts";
import { NEW_CONVERSATION } from "./kit.ts";

export { describe, expect } from "vitest";
export { say, script } from "./kit.ts";

/** `it` with a sandbox and a driver, which is closed before the sandbox looks for what is left. */
export const it = sandboxed.extend<{ driver: Driver }>({
  driver: async ({ sandbox }, use) => {
    const driver = createGeminiDriver({ stateDir: stateDirOf(sandbox) });
    await use(driver);
    await driver.close();
  },
});

export function stateDirOf(sandbox: Sandbox): string {
  return path.join(sandbox.batonHome, "agents");
}

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
  if (outcome.status !== "completed") throw new Error(`it did not complete: ${JSON.stringify(outcome)}`);
  return outcome.answer;
}

/** What Gemini asked the model of its user's turns, without the requests that it makes for itself. */
export function turnsOf(sandbox: Sandbox): readonly LoggedRequest[] {
  return sandbox.model.requests.filter(({ api, side }) => api === "generate" && !side);
}

const partsSchema = z.object({
  contents: z.array(z.object({ parts: z.array(z.object({ text: z.string().optional() })) })),
});

/** The texts of the newest message, part by part, exactly as they were sent. */
export function wordsOf(request: LoggedRequest | undefined): readonly string[] {
  const { contents } = partsSchema.parse(request?.body);
  return (contents.at(-1)?.parts ?? []).map(({ text }) => text ?? "");
}

/** Names of the tools that a request offered to the model. */
export function toolsIn(request: LoggedRequest | undefined): readonly string[] {
  return [...JSON.stringify(request?.body).matchAll(/"name":"([\w-]+)","description"/g)].map(
    ([, name]) => name ?? "",
  );
}
