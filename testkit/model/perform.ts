import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import type { Answer } from "./answer.ts";
import type { ModelRequest } from "./conversation.ts";
import type { Dialect } from "./dialect.ts";
import type { Gates } from "./gates.ts";

/** One answer on its way out. */
export interface Performance {
  id: string;
  dialect: Dialect;
  request: ModelRequest;
  answer: Answer;
  gates: Gates;
}

/** Writes the answer; comes to its end early when the agent hangs up. */
export async function perform(performance: Performance, to: ServerResponse): Promise<void> {
  const { answer, dialect, request } = performance;
  if (answer.kind === "fail") {
    const { status, message, details, headers, body } = answer;
    for (const [name, value] of Object.entries(headers)) to.setHeader(name, value);
    return sendJson(to, status, body ?? dialect.failure(status, message, details));
  }
  if (answer.kind === "hang") {
    openStream(to, {});
    return;
  }
  return request.stream ? performStream(performance, answer, to) : performWhole(performance, answer, to);
}

/** Sends one JSON body. */
export function sendJson(to: ServerResponse, status: number, body: unknown): void {
  to.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

type Spoken = Extract<Answer, { kind: "complete" | "cut" }>;

async function performWhole(
  { id, dialect, request, gates }: Performance,
  answer: Spoken,
  to: ServerResponse,
): Promise<void> {
  if (answer.waitFor !== undefined) await gates.released(answer.waitFor);
  if (answer.kind === "cut") to.destroy();
  else sendJson(to, 200, dialect.whole(id, request, answer.content));
}

async function performStream(
  { id, dialect, request, gates }: Performance,
  answer: Spoken,
  to: ServerResponse,
): Promise<void> {
  openStream(to, answer.content.headers);
  let held = answer.waitFor;
  for (const { data, part, pause_ms } of dialect.events(id, request, answer.content)) {
    if (part !== "opening" && held !== undefined) {
      await gates.released(held);
      held = undefined;
    }
    if (part === "closing" && answer.kind === "cut") return cut(to);
    if (to.destroyed) return;
    to.write(`${eventLine(data)}data: ${JSON.stringify(data)}\n\n`);
    if (pause_ms > 0) await pause(pause_ms);
  }
  to.end();
}

/** The APIs that type their events name the type in a line of its own too. */
function eventLine({ type }: Record<string, unknown>): string {
  return typeof type === "string" ? `event: ${type}\n` : "";
}

function openStream(to: ServerResponse, headers: Readonly<Record<string, string>>): void {
  to.writeHead(200, { ...headers, "content-type": "text/event-stream", "cache-control": "no-store" });
  to.flushHeaders();
}

function cut(to: ServerResponse): void {
  // An empty write that is called back has handed everything before it to the system.
  to.write("\n", () => to.destroy());
}
