import { z } from "zod";
import { accessSchema } from "./task.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export const processSchema = z.object({ pid: z.int(), birth: z.string() });

/**
 * Where a request comes from, as a front end finds it out: what an agent's client attests, and what the system tells of
 * the processes around. No model can write any of it into a call. The hub draws the conclusions.
 */
export const originSchema = z.object({
  /** A command in a shell, or a server that an agent keeps for its session. */
  front_end: z.enum(["command", "server"]),
  /** The agent's session that calls, where its client says so; `agent` null for a client that is not known. */
  client: z.object({
    agent: z.string().nullable(),
    /** The agent's own ids of it: of the conversation, then of the one that it belongs to. */
    sessions: z.array(z.string()),
    /** How far that session's own sandbox lets it reach; null when it does not say. */
    access: accessSchema.nullable(),
  }),
  /** The processes around the front end, the nearest first. */
  ancestors: z.array(processSchema),
  /** Ids of agents' sessions that stand in the environments of those processes. */
  marks: z.array(z.string()),
  /** An agent that runs one of those processes, seen by its name or the marks it leaves; null when there is none. */
  inside: z.string().nullable(),
  /** `BRIDGE_DEPTH` of the environment; it can only raise the depth. */
  bridge_depth: z.int().nonnegative(),
});
export type Origin = z.infer<typeof originSchema>;
export type ClientSession = Origin["client"];
