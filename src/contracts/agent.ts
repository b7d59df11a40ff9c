import { z } from "zod";
import { taskErrorSchema } from "./error.ts";
import { accessSchema, usageSchema } from "./task.ts";

/** A model as its agent tells of it. `id` is what `--model` takes. */
export const agentModelSchema = z.object({
  id: z.string(),
  /** The one that is used when no model is named. */
  default: z.boolean(),
  /** What `--effort` takes with it; empty where the agent does not say, or it takes none. */
  efforts: z.array(z.string()),
  /** Whether it takes images; null where the agent does not say. */
  images: z.boolean().nullable(),
});
export type AgentModel = z.infer<typeof agentModelSchema>;

/** What can be done with an agent: what its installed version has, and what Baton's driver makes of it. */
export const abilitiesSchema = z.object({
  /** Conversations go on after their process has ended. */
  resume: z.boolean(),
  /** A conversation can be copied and go on as another one. */
  fork: z.boolean(),
  /** A message can be added to a running task. */
  steer: z.boolean(),
  /** An answer can be held to a JSON Schema. */
  schema: z.boolean(),
  /** Images can be attached. */
  images: z.boolean(),
  /** Tasks tell their tokens. */
  usage: z.boolean(),
  /** Tasks tell what they cost. */
  cost: z.boolean(),
  /** Steps beyond its access can be asked about. */
  approvals: z.boolean(),
});
export type Abilities = z.infer<typeof abilitiesSchema>;

/** What holds an agent to an access level: its sandbox of the system, its own checks of each call, or nothing. */
export const HELD_BY = ["sandbox", "checks", "nothing"] as const;

/** An access level of an agent. `allowed`: within `[access] max` of the config. */
export const agentAccessSchema = z.object({
  level: accessSchema,
  held_by: z.enum(HELD_BY),
  /** By what means, in a sentence. */
  means: z.string(),
  allowed: z.boolean(),
});
export type AgentAccess = z.infer<typeof agentAccessSchema>;

/** One agent as `baton agents --json` lists it. What is not known is null or empty. */
export const agentSchema = z.object({
  agent: z.string(),
  title: z.string(),
  installed: z.boolean(),
  version: z.string().nullable(),
  path: z.string().nullable(),
  /** How it is logged in, in its own word; null: not, or it does not tell. */
  login: z.string().nullable(),
  billed_to: usageSchema.shape.billed_to,
  models: z.array(agentModelSchema),
  /** Every effort that one of its models takes. */
  efforts: z.array(z.string()),
  abilities: abilitiesSchema.nullable(),
  access: z.array(agentAccessSchema),
  /** Why nothing more is known: it is missing, too old, or does not answer. */
  error: taskErrorSchema.nullable(),
});
export type Agent = z.infer<typeof agentSchema>;
