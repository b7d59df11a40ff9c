import { setTimeout as delay } from "node:timers/promises";

import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import type { TaskEvent } from "../../src/contracts/event.ts";
import { taskSchema, type Task } from "../../src/contracts/task.ts";
import { describe, expect, it } from "../support/baton.ts";
import type { Baton } from "../support/command.ts";
import { startFaultyHub } from "../support/faulty.ts";

/** All steps with BATON_TEST_LONG=1, otherwise some of them. */
const STRIDE = process.env["BATON_TEST_LONG"] === "1" ? 1 : 15;
const POLL_MS = 25;
/** More than any task below writes. */
const NEVER = 500;
const PROMPT = 'SCRIPT [{"shell":"cat README.md"},{"say":"heron"}]';

const linesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TaskEvent);

async function askAndDie(sandbox: Sandbox, baton: Baton, agent: string, step: number): Promise<boolean> {
  const hub = await startFaultyHub(sandbox, ["--die-at", String(step)]);
  const asked = await baton.run(["ask", agent, "--stream", "--json", PROMPT]);
  // After its last step it lives on.
  if ((await baton.hubPid()) === hub.pid) return false;
  const seen = linesOf(asked.stdout);
  const { items } = (await baton.json(["tasks", "-n", "1"])) as { items: unknown[] };
  const task = taskSchema.parse(items[0]);
  // A conversation that was held anew by the next hub may be open in it.
  if (task.status !== "completed") expect(await agentsLeft(sandbox), `step ${step}`).toEqual([]);
  if (task.status === "completed") expect(task.answer, `step ${step}`).toBe("heron");
  else expect(task, `step ${step}`).toMatchObject({ status: "failed", error: { code: "lost" } });
  expect(asked.code).toBe(task.status === "completed" ? 0 : 1);
  await checkEvents(baton, task, seen);
  await checkSession(baton, task, agent);
  await baton.run(["hub", "stop"]);
  expect((await processesOf(sandbox.root)).map(({ command }) => command)).toEqual([]);
  expect((await hub.result).signal).toBe("SIGKILL");
  return true;
}

/** Agents that still run. One that was started in the very moment of the death ends when it finds its stdin closed. */
async function agentsLeft(sandbox: Sandbox): Promise<readonly string[]> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const left = (await processesOf(sandbox.root)).filter(({ command }) => !command.includes("hub"));
    if (left.length === 0 || performance.now() > deadline) return left.map(({ command }) => command);
    await delay(POLL_MS);
  }
}

/** What a follower saw is in the log, unchanged, and the log has no hole. */
async function checkEvents(baton: Baton, task: Task, seen: readonly TaskEvent[]): Promise<void> {
  const { items: events } = (await baton.json(["logs", task.id])) as { items: TaskEvent[] };
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events).toEqual(seen);
  expect(events.at(-1)).toMatchObject({ type: "task.status", data: { status: task.status } });
}

async function checkSession(baton: Baton, task: Task, agent: string): Promise<void> {
  const next = await baton.task(["ask", agent, "--session", task.session, 'SCRIPT [{"say":"on"}]']);
  expect(next, JSON.stringify(next.error)).toMatchObject({
    session: task.session,
    status: "completed",
    answer: "on",
  });
  if (task.native_id !== null) expect(next.native_id).toBe(task.native_id);
}

describe.for(["codex", "claude"])("a hub that is killed while it writes down a task of %s", (agent) => {
  it("loses nothing, at whatever step", { timeout: 900_000 }, async ({ sandbox, baton }) => {
    let deaths = 0;
    for (let step = STRIDE > 1 ? 4 : 1; step < NEVER; step += STRIDE) {
      if (!(await askAndDie(sandbox, baton, agent, step))) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(2);
  });
});
