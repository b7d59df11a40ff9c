import path from "node:path";

import { createAcpDriver } from "../../src/agents/acp/driver.ts";
import { namedProfile } from "../../src/agents/acp/named.ts";
import type { AcpProfile } from "../../src/agents/acp/profile.ts";
import type { AgentRequest, Conversation, Driver, RequestAnswer } from "../../src/agents/driver.ts";
import type { AgentEvent } from "../../src/contracts/event.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { agentNamed, openAs } from "./acp-kit.ts";

const FIXTURE = path.join(import.meta.dirname, "../fixtures/acp-agent.mjs");

/** The imitation as a profile, with its settings and those of the config. */
export function imitated(
  settings: Readonly<Record<string, unknown>> = {},
  config: Readonly<Record<string, unknown>> = {},
): AcpProfile {
  const command = [process.execPath, FIXTURE, JSON.stringify(settings)];
  return namedProfile(agentNamed("imitation", { command, ...config }));
}

/** A driver of it. */
export function imitation(...given: Parameters<typeof imitated>): Driver {
  return createAcpDriver(imitated(...given), { startLimitMs: 5_000 });
}

export const todo = (...steps: readonly unknown[]) => `DO ${JSON.stringify(steps)}`;

/** Everything that one turn tells. */
export async function turn(conversation: Conversation, prompt: string, answer?: RequestAnswer) {
  const events: AgentEvent[] = [];
  const requests: AgentRequest[] = [];
  const onRequest = async (request: AgentRequest) => {
    requests.push(request);
    return answer ?? ({ decision: "deny", reason: "no" } as const);
  };
  const running = conversation.run(prompt, (event) => events.push(event), { onRequest });
  const outcome = await running.outcome;
  return { outcome, events, requests, types: events.map(({ type }) => type) };
}

/** Uses a driver and closes it, so that the sandbox finds what it has left. */
export async function using<T>(driver: Driver, use: (driver: Driver) => Promise<T>): Promise<T> {
  try {
    return await use(driver);
  } finally {
    await driver.close();
  }
}

/** Why a conversation cannot be opened. */
export async function failureOf(sandbox: Sandbox, driver: Driver, nativeId: string | null = null) {
  return using(driver, async () =>
    driver.open(openAs(sandbox, "read", { nativeId })).then(
      () => null,
      (error: unknown) => (error as { error: unknown }).error,
    ),
  );
}
