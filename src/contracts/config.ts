import { z } from "zod";
import { durationSchema, longDurationSchema } from "./duration.ts";

const count = z.int().positive();

/** `[limits]`: how much may run and for how long; times in milliseconds once parsed. */
const limitsSchema = z.strictObject({
  max_running: count.default(8),
  max_running_per_agent: count.default(4),
  task_timeout: durationSchema.prefault("2h"),
  idle_timeout: durationSchema.prefault("15m"),
});

/** `[sessions]`: how long they are kept after their last use, and how many; time in milliseconds once parsed. */
const sessionsSchema = z.strictObject({
  ttl: longDurationSchema.prefault("30d"),
  max: count.default(10_000),
});

/** `[agents.<name>]`: what the user allows or sets for one agent. */
const agentConfigSchema = z.strictObject({
  /** The user's own MCP servers run in the agent's tasks too. */
  mcp_servers: z.boolean().default(false),
  /** Variables for the agent's processes, over the caller's. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** The user's `config.toml`. Unknown keys are refused, so that a slip of the pen is seen. */
export const configSchema = z.strictObject({
  limits: limitsSchema.prefault({}),
  agents: z.record(z.string(), agentConfigSchema).default({}),
  sessions: sessionsSchema.prefault({}),
  hub: z.strictObject({ idle_timeout: durationSchema.prefault("10m") }).prefault({}),
});
export type Config = z.infer<typeof configSchema>;
export type Retention = Config["sessions"];
export type Limits = Config["limits"];

/** What holds for an agent that the config does not name. */
export const DEFAULT_AGENT_CONFIG: AgentConfig = agentConfigSchema.parse({});
export const DEFAULT_CONFIG: Config = configSchema.parse({});
