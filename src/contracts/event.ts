import { z } from "zod";
import { taskErrorSchema } from "./error.ts";
import { requestSchema } from "./request.ts";
import { fileChangeSchema, taskStatusSchema, usageSchema } from "./task.ts";

/** What a tool of an agent is about; `other` covers what a later version adds. */
export const TOOL_KINDS = ["command", "mcp", "file", "search", "agent", "other"] as const;

const event = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), data });

/** What a driver can report of a running turn, in the neutral vocabulary. `raw` keeps what we do not know yet. */
export const agentEventSchema = z.discriminatedUnion("type", [
  event("message.delta", z.object({ text: z.string() })),
  event("message", z.object({ text: z.string() })),
  event("reasoning", z.object({ text: z.string() })),
  event(
    "tool.started",
    z.object({ id: z.string(), kind: z.enum(TOOL_KINDS), name: z.string(), summary: z.string() }),
  ),
  event(
    "tool.finished",
    z.object({
      id: z.string(),
      outcome: z.enum(["ok", "failed", "denied"]),
      summary: z.string(),
    }),
  ),
  event("file.changed", fileChangeSchema),
  event("usage", usageSchema),
  event("warning", z.object({ message: z.string() })),
  event("error", taskErrorSchema),
  event("raw", z.object({ source: z.string(), payload: z.unknown() })),
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;

const statusEventSchema = event(
  "task.status",
  z.object({ status: taskStatusSchema, error: taskErrorSchema.nullable() }),
);

/** All that the task has changed, as the files themselves say: in the place of what the agent has told of it. */
const changesEventSchema = event("changes", z.object({ items: z.array(fileChangeSchema) }));

/** Who closed a request: a person at a terminal or at an agent's client, a rule, a model, the clock, the turn's end. */
export const CLOSED_BY = ["person", "client", "policy", "model", "timeout", "turn"] as const;
export type ClosedBy = (typeof CLOSED_BY)[number];

/** A request of the agent that waits for somebody's answer, and how it was closed: answered, expired, or withdrawn. */
const requestEventSchema = z.discriminatedUnion("type", [
  event("request.opened", requestSchema.omit({ task: true, answer: true })),
  event(
    "request.closed",
    z.object({
      id: z.string(),
      answer: z.string(),
      // Logs of earlier versions have none.
      by: z.enum(CLOSED_BY).nullable().default(null),
    }),
  ),
]);

/** An entry of the log before it has its place in it. */
export const taskEventBodySchema = z.union([
  statusEventSchema,
  requestEventSchema,
  changesEventSchema,
  agentEventSchema,
]);
export type TaskEventBody = z.infer<typeof taskEventBodySchema>;

/** One thing that happened in a task; `seq` counts from 1 within the task, without gaps. */
export const taskEventSchema = z.intersection(
  z.object({ task: z.string(), seq: z.number().int().positive(), at: z.string() }),
  taskEventBodySchema,
);
export type TaskEvent = z.infer<typeof taskEventSchema>;
