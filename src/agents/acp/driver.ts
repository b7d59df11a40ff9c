import { randomUUID } from "node:crypto";

import { BatonError } from "../../contracts/error.ts";
import { NO_OBSERVER, type ChildObserver } from "../../process/child.ts";
import type { Conversation, Driver, OpenRequest } from "../driver.ts";
import { createPool, processKey, type Lease } from "../pool.ts";
import { createConversation } from "./conversation.ts";
import { describeAgent } from "./describe.ts";
import { openSession } from "./open.ts";
import { startAcp, type AcpProcess } from "./process.ts";
import type { AcpPlan, AcpProfile, ProcessPlan } from "./profile.ts";

export interface AcpDriverOptions {
  readonly observer?: ChildObserver;
  /** How long a shared process without a conversation is kept, in milliseconds. */
  readonly idleMs?: number;
  /** How long an agent may take until it answers, in milliseconds. */
  readonly startLimitMs?: number;
  /** How long it may take until a session is open, in milliseconds. */
  readonly openLimitMs?: number;
}

const IDLE_MS = 60_000;
const START_LIMIT_MS = 60_000;
const OPEN_LIMIT_MS = 60_000;

/** Runs any agent that speaks ACP, version 1, as its profile says. `open` throws what the contract says. */
export function createAcpDriver(
  profile: AcpProfile,
  {
    observer = NO_OBSERVER,
    idleMs = IDLE_MS,
    startLimitMs = START_LIMIT_MS,
    openLimitMs = OPEN_LIMIT_MS,
  }: AcpDriverOptions = {},
): Driver {
  const pool = createPool<AcpProcess>(idleMs);
  const { agent, title, environment, keepWarmMs, isExclusive } = profile;
  let starting: Promise<unknown> = Promise.resolve();

  return {
    agent,
    title,
    environment,
    keepWarmMs,
    isExclusive,
    resumeArgv: (nativeId) => profile.resumeArgv(nativeId),
    resumeEnvironment: (places) => profile.resumeEnvironment(places),
    find: (launch) => profile.find(launch),
    describe: (request) => describeAgent(profile, request),
    close: () => pool.close(),
    async open(request) {
      checkRequest(profile, request);
      const plan = await profile.plan(request);
      try {
        const start = async () => startAcp(plan.process, { title, observer, startLimitMs });
        const { starts } = plan.process;
        const lease = await pool.lease(
          keyOf(plan.process),
          starts === "together" ? start : () => next(start),
        );
        return await openIn(lease, plan, request);
      } catch (error) {
        await plan.release();
        throw error;
      }
    },
  };

  /** Starts one when the one before has begun, or failed. */
  async function next(start: () => Promise<AcpProcess>): Promise<AcpProcess> {
    const started = starting.then(start);
    starting = started.catch(() => undefined);
    return started;
  }

  async function openIn(
    lease: Lease<AcpProcess>,
    plan: AcpPlan,
    request: OpenRequest,
  ): Promise<Conversation> {
    const isNew = request.nativeId === null;
    const conversation = createConversation({ profile, plan, lease, isNew });
    const { listener } = conversation;
    try {
      const { id, stopListening } = await openSession({
        process: lease.server,
        profile,
        plan,
        request,
        listener,
        limitMs: openLimitMs,
      });
      return conversation.begin(id, stopListening);
    } catch (error) {
      if (plan.process.sharing === "alone") {
        lease.retire();
        await lease.server.stop();
      } else if (error instanceof BatonError && error.error.code === "agent_auth") lease.retire();
      lease.release();
      throw error;
    }
  }
}

/** @throws BatonError `invalid_argument` for what ACP has no word for */
function checkRequest({ title }: AcpProfile, { schema }: OpenRequest): void {
  if (schema === null) return;
  throw new BatonError(
    "invalid_argument",
    `${title} cannot be held to a JSON Schema: ACP has no word for it.`,
    {
      hint: "Ask for the form in the prompt, or ask codex or claude.",
    },
  );
}

function keyOf({ argv, env, cwd, sharing }: ProcessPlan): string {
  return sharing === "alone" ? randomUUID() : processKey([...argv, cwd], env);
}
