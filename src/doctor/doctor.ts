import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Driver, Launch } from "../agents/driver.ts";
import { createDrivers } from "../agents/registry.ts";
import type { AgentConfig, Config } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import { unknownAgentHint } from "../core/unknown-agent.ts";
import type { Finding } from "../contracts/finding.ts";
import { NO_OBSERVER } from "../process/child.ts";
import { findingsOfAgent, isUnusable } from "./agent-findings.ts";
import type { AgentFacts } from "./facts.ts";
import { fixWhatIsSafe, type FixRequest } from "./fix.ts";
import { tryLive } from "./live.ts";
import { findingsOfMachine } from "./machine-findings.ts";
import { examineMachine, type MachineRequest } from "./machine.ts";
import { probe, type Probing } from "./probe.ts";

/** What a task of this caller would start one agent with. */
export interface Prepared {
  readonly launch: Launch;
  readonly withheld: readonly string[];
  readonly auth: AgentConfig["auth"];
}

/** What the doctor is given by the command. */
export interface Surgery extends Omit<FixRequest, "env" | "home">, MachineRequest {
  /** `[agents]` of the config. */
  readonly agents: Config["agents"];
  readonly prepare: (driver: Driver) => Promise<Prepared>;
}

export interface Treatment {
  /** The agents that were named; none: all that Baton knows. */
  readonly agents: readonly string[];
  readonly live: "live" | "offline";
  readonly fix: "fix" | "look";
}

/**
 * Looks at the machine and at each agent, all at the same time.
 * @throws BatonError `invalid_argument` for an agent that is not known.
 */
export async function examine(
  surgery: Surgery,
  { agents, live, fix }: Treatment,
): Promise<readonly Finding[]> {
  const findings = await lookAt(surgery, agents, live);
  if (fix === "look") return findings;
  await fixWhatIsSafe(findings, surgery);
  return lookAt(surgery, agents, live);
}

async function lookAt(
  surgery: Surgery,
  agents: readonly string[],
  live: Treatment["live"],
): Promise<readonly Finding[]> {
  const [machine, facts] = await Promise.all([
    examineMachine(surgery),
    probeAgents(surgery, agents, "whole"),
  ]);
  const findings = [findingsOfMachine(machine), ...facts.map(findingsOfAgent)].flat();
  if (live === "offline") return findings;
  const able = facts.filter(
    ({ agent, program }) => program !== null && !findings.some((finding) => isUnusable(finding, [agent])),
  );
  return [...findings, ...(await Promise.all(able.map((one) => tryLive({ ...surgery, ...one }))))];
}

/**
 * Finds out about the agents that are named, or about all.
 * @throws BatonError `invalid_argument` for an agent that is not known.
 */
export async function probeAgents(
  surgery: Pick<Surgery, "env" | "cwd" | "prepare" | "agents">,
  agents: readonly string[],
  depth: Probing["depth"],
): Promise<readonly AgentFacts[]> {
  const stateDir = await mkdtemp(path.join(tmpdir(), "baton-doctor-"));
  try {
    const drivers = createDrivers({ stateDir, observer: NO_OBSERVER, onRateLimits: () => undefined });
    const all = drivers.all(surgery);
    for (const agent of agents)
      assertKnown(
        agent,
        all.map((driver) => driver.agent),
      );
    const chosen = all.filter(({ agent }) => agents.length === 0 || agents.includes(agent));
    return await Promise.all(
      chosen.map(async (driver) => {
        const prepared = { driver, ...(await surgery.prepare(driver)) };
        const { env, cwd } = surgery;
        return probe(prepared, { env, cwd, depth, isNamed: agents.includes(driver.agent) });
      }),
    );
  } finally {
    await rm(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

function assertKnown(agent: string, known: readonly string[]): void {
  if (known.includes(agent)) return;
  throw new BatonError("invalid_argument", `there is no agent ${JSON.stringify(agent)}`, {
    hint: unknownAgentHint(agent, known),
  });
}
