import { z } from "zod";
import { accessSchema } from "./task.ts";
import { REQUEST_KINDS } from "./request.ts";
import { durationSchema, longDurationSchema } from "./duration.ts";

const count = z.int().positive();

/** `[limits]`: how much may run and for how long; times in milliseconds once parsed. */
const limitsSchema = z.strictObject({
  max_running: count.default(8),
  max_running_per_agent: count.default(4),
  task_timeout: durationSchema.prefault("2h"),
  idle_timeout: durationSchema.prefault("15m"),
  /** How many delegations deep a lineage may get. */
  max_depth: count.default(2),
  /** How many tasks there may be beneath one task of a root, grandchildren included. */
  max_tasks_below: z.int().nonnegative().default(20),
  /** What the tasks of one root may cost together, as far as their agents tell; not set: without limit. */
  budget_usd_per_root: z.number().nonnegative().optional(),
  /** What a budget that is used up stops: the next task, or what runs as well. */
  budget_stops: z.enum(["next", "running"]).default("next"),
});

/** `[access]`: the ceiling of every task, and where tasks may run. */
const accessSettingsSchema = z.strictObject({
  max: accessSchema.default("write"),
  /** Folders in which tasks may run; without any, everywhere. */
  roots: z.array(z.string().min(1)).default([]),
  /** Folders that a model may choose as `cwd` beside its own workspace. */
  model_roots: z.array(z.string().min(1)).default([]),
});

/** One rule of `[[approvals.rules]]`; the first that fits a request decides it. */
const approvalRuleSchema = z.strictObject({
  agent: z.string().optional(),
  kind: z.enum(REQUEST_KINDS).optional(),
  /** A pattern for the request's whole summary, in which `*` stands for anything. */
  summary: z.string().optional(),
  /** Only in this directory or below it; absolute, without links. */
  cwd: z
    .string()
    .regex(/^(\/|[A-Za-z]:[\\/])/, "the cwd of a rule has to be an absolute path")
    .optional(),
  decision: z.enum(["approve", "decline", "ask"]),
});
export type ApprovalRule = z.infer<typeof approvalRuleSchema>;

/** `[approvals]`: what becomes of a step beyond the sandbox of a task that may write. */
const approvalsSchema = z.strictObject({
  default: z.enum(["ask", "decline"]).default("ask"),
  timeout: durationSchema.prefault("5m"),
  /** Whether the model that has asked for a task may answer for it (`answer_request`). */
  by_model: z.boolean().default(false),
  rules: z.array(approvalRuleSchema).default([]),
});

/** `[sessions]`: how long they are kept after their last use, and how many; time in milliseconds once parsed. */
const sessionsSchema = z.strictObject({
  ttl: longDurationSchema.prefault("30d"),
  max: count.default(10_000),
});

/** `[hub]`: how long it stays without anybody, in milliseconds once parsed, and where it listens for HTTP. */
const hubSchema = z.strictObject({
  idle_timeout: durationSchema.prefault("10m"),
  /** A port of the loopback address; not set: another free one at each start. */
  http_port: z.int().min(1).max(65_535).optional(),
});

/** `[agents.<name>]`: what the user allows or sets for one agent. */
const agentConfigSchema = z.strictObject({
  /** The user's own MCP servers run in the agent's tasks too. */
  mcp_servers: z.boolean().default(false),
  /** A repository's own hooks, MCP servers and allow-rules hold in the agent's tasks. */
  project_config: z.boolean().default(false),
  /** Which account pays: a login before a key that was merely inherited (`auto`), the key, or never a key. */
  auth: z.enum(["auto", "api_key", "subscription"]).default("auto"),
  /** Variables for the agent's processes, over the caller's. */
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** The user's `config.toml`. Unknown keys are refused, so that a slip of the pen is seen. */
export const configSchema = z.strictObject({
  limits: limitsSchema.prefault({}),
  access: accessSettingsSchema.prefault({}),
  approvals: approvalsSchema.prefault({}),
  agents: z.record(z.string(), agentConfigSchema).default({}),
  sessions: sessionsSchema.prefault({}),
  hub: hubSchema.prefault({}),
});
export type Config = z.infer<typeof configSchema>;
export type Retention = Config["sessions"];
export type Limits = Config["limits"];
export type AccessSettings = Config["access"];
export type ApprovalSettings = Config["approvals"];

/** What holds for an agent that the config does not name. */
export const DEFAULT_AGENT_CONFIG: AgentConfig = agentConfigSchema.parse({});
export const DEFAULT_CONFIG: Config = configSchema.parse({});
