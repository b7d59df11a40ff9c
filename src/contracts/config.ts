import { z } from "zod";
import { DEFAULT_HISTORY_BUDGET, historyBudgetSchema } from "./handoff.ts";
import { accessSchema } from "./task.ts";
import { REQUEST_KINDS } from "./request.ts";
import { durationSchema, longDurationSchema } from "./duration.ts";

const count = z.int().positive();

/** `[limits]`: how much may run and for how long; times in milliseconds once parsed. */
const limitsSchema = z.strictObject({
  max_running: count.default(8).describe("tasks that run at a time; more wait"),
  max_running_per_agent: count.default(4).describe("the same for the tasks of one agent"),
  task_timeout: durationSchema
    .prefault("2h")
    .describe("a task that takes longer ends as `agent_timeout`; `--timeout` sets it for one"),
  idle_timeout: durationSchema
    .prefault("15m")
    .describe(
      "as does one whose agent says nothing for so long; not counted while a tool runs or a request waits for its answer",
    ),
  max_depth: count
    .default(2)
    .describe(
      "how many delegations deep a lineage may get: with 2 Claude Code -> Codex -> Claude Code works, the next hop is refused",
    ),
  max_tasks_below: z
    .int()
    .nonnegative()
    .default(20)
    .describe("how many tasks there may be beneath one task of a root, grandchildren included"),
  budget_usd_per_root: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "what the tasks of one root may cost together, in US dollars, as far as their agents tell; not set: without limit",
    ),
  budget_stops: z
    .enum(["next", "running"])
    .default("next")
    .describe("what a budget that is used up stops: the next task, or what runs under that root as well"),
});

/** `[access]`: the ceiling of every task, and where tasks may run. */
const accessSettingsSchema = z.strictObject({
  max: accessSchema
    .default("write")
    .describe("the ceiling of every task; `full` is without the agent's sandbox"),
  roots: z
    .array(z.string().min(1))
    .default([])
    .describe("folders in which tasks may run and attached files lie; without any, everywhere"),
  model_roots: z
    .array(z.string().min(1))
    .default([])
    .describe("folders that a model may choose as `cwd`, and attach files of, beside its own workspace"),
});

/** One rule of `[[approvals.rules]]`. */
const approvalRuleSchema = z.strictObject({
  agent: z.string().optional().describe("only requests of this agent"),
  kind: z.enum(REQUEST_KINDS).optional().describe("only requests of this kind"),
  summary: z
    .string()
    .optional()
    .describe(
      "only where this is the request's whole summary, the line that `baton requests` shows; `*` stands for anything",
    ),
  cwd: z
    .string()
    .regex(/^(\/|[A-Za-z]:[\\/])/, "the cwd of a rule has to be an absolute path")
    .optional()
    .describe("only in this directory or below it; absolute, without links"),
  decision: z.enum(["approve", "decline", "ask"]).describe("what becomes of a request that fits"),
});
export type ApprovalRule = z.infer<typeof approvalRuleSchema>;

/** `[approvals]`: what becomes of a step beyond the sandbox of a task that may write. */
const approvalsSchema = z.strictObject({
  default: z
    .enum(["ask", "decline"])
    .default("ask")
    .describe("a step beyond the sandbox of a task that may write waits for you, or is refused"),
  timeout: durationSchema.prefault("5m").describe("how long it waits; then it is declined"),
  by_model: z
    .boolean()
    .default(false)
    .describe("whether the model that has asked for a task may answer for it (`answer_request`)"),
  rules: z
    .array(approvalRuleSchema)
    .default([])
    .describe("the first rule that fits a request decides it; what a rule leaves out fits anything"),
});

/** `[sessions]`: how long they are kept, and how many; time in milliseconds once parsed. */
const sessionsSchema = z.strictObject({
  ttl: longDurationSchema
    .prefault("30d")
    .describe("a session that was not used for so long is forgotten with its tasks"),
  max: count.default(10_000).describe("beyond that, the ones used longest ago are"),
});

/** `[hub]`: times in milliseconds once parsed. */
const hubSchema = z.strictObject({
  idle_timeout: durationSchema
    .prefault("10m")
    .describe("the hub ends when nobody has asked for anything for so long"),
  http_port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("where it listens on 127.0.0.1; not set: another free port at each start"),
});

/** `[handoff]`: how conversations are handed on. */
const handoffConfigSchema = z.strictObject({
  history_tokens: historyBudgetSchema
    .default(DEFAULT_HISTORY_BUDGET)
    .describe(
      "how much of a conversation is carried to another agent, in estimated tokens; older turns are condensed",
    ),
});

const variableSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

/** `[agents.<name>]`: what the user allows or sets for one agent. */
const agentConfigSchema = z.strictObject({
  mcp_servers: z.boolean().default(false).describe("your own MCP servers run in the agent's tasks too"),
  project_config: z
    .boolean()
    .default(false)
    .describe("a repository's own hooks, MCP servers and allow-rules hold in the agent's tasks"),
  auth: z
    .enum(["auto", "api_key", "subscription"])
    .default("auto")
    .describe(
      "which account pays: a login before a key that was merely inherited (`auto`), the key, or never a key, not even one that you have named",
    ),
  env: z
    .record(variableSchema, z.string())
    .default({})
    .describe("variables for the agent's processes, over the caller's"),
  protocol: z
    .enum(["acp"])
    .optional()
    .describe("makes this an agent of yours: how Baton speaks to the program in `command`"),
  command: z
    .tuple([z.string().min(1)], z.string())
    .meta({ title: "list of texts" })
    .optional()
    .describe("what starts it: a program on the PATH or by its absolute path, and its arguments"),
  title: z.string().min(1).optional().describe("what it is called in sentences; else its name"),
  env_vars: z
    .array(variableSchema)
    .default([])
    .describe("names of variables that it gets out of the environment of whoever asks, such as its API key"),
  modes: z
    .partialRecord(accessSchema, z.string().min(1))
    .default({})
    .describe('its own mode that holds a level of access, such as `read = "plan"`'),
  resume: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("what you type to open a conversation in it; `{id}` stands for the conversation's id"),
});
export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** An agent that the config names with a command line. */
export interface NamedAgent extends Omit<AgentConfig, "command"> {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** Names that are taken: the agents that Baton knows, and what it calls several of them together. */
const TAKEN: ReadonlySet<string> = new Set(["claude", "codex", "gemini", "panel", "relay"]);
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** What is wrong with the table of one agent; null when nothing is. */
function wrongWith(name: string, { protocol, command, ...rest }: AgentConfig): string | null {
  if (protocol === undefined) {
    const { title, env_vars, modes, resume } = rest;
    const isBare = [command, title, resume].every((value) => value === undefined);
    if (isBare && env_vars.length === 0 && Object.keys(modes).length === 0) return null;
    return `command, title, env_vars, modes and resume are for an agent of your own: add protocol = "acp", or take them out`;
  }
  if (TAKEN.has(name)) return `the name ${name} is Baton's own; give your agent another one`;
  if (!NAME.test(name)) return "the name of an agent is lower-case letters, digits, - and _, at most 32";
  if (command === undefined)
    return `an agent of your own needs its command, such as command = ["${name}", "acp"]`;
  if (/^(\/|[A-Za-z]:[\\/])|^[^\\/]+$/.test(command[0])) return null;
  return "the program in command is a name on the PATH or an absolute path";
}

/** The agents that a config names with a command line. */
export function namedAgents({ agents }: Pick<Config, "agents">): readonly NamedAgent[] {
  return Object.entries(agents).flatMap(([name, { command, ...agent }]) =>
    agent.protocol === undefined || command === undefined ? [] : [{ ...agent, name, command }],
  );
}

/**
 * The user's `config.toml`. Unknown keys are refused, so that a slip of the pen is seen. The descriptions are the table
 * in docs/configuration.md (`scripts/configuration.ts`).
 */
export const configSchema = z.strictObject({
  limits: limitsSchema
    .prefault({})
    .describe("How much may run, for how long, how deep, and for how much money."),
  access: accessSettingsSchema.prefault({}).describe("What tasks may do at most, and where."),
  approvals: approvalsSchema.prefault({}).describe("What becomes of a step beyond an agent's sandbox."),
  agents: z
    .record(z.string(), agentConfigSchema)
    .default({})
    .superRefine((agents, context) => {
      for (const [name, agent] of Object.entries(agents)) {
        const message = wrongWith(name, agent);
        if (message !== null) context.addIssue({ code: "custom", path: [name], message });
      }
    })
    .describe("What you allow or set for one agent, by its name."),
  sessions: sessionsSchema
    .prefault({})
    .describe("How long conversations are kept after their last use, and how many."),
  handoff: handoffConfigSchema.prefault({}).describe("How conversations are handed on to another agent."),
  hub: hubSchema.prefault({}).describe("The process in the background."),
});
export type Config = z.infer<typeof configSchema>;
export type Retention = Config["sessions"];
export type Limits = Config["limits"];
export type AccessSettings = Config["access"];
export type ApprovalSettings = Config["approvals"];

/** What holds for an agent that the config does not name. */
export const DEFAULT_AGENT_CONFIG: AgentConfig = agentConfigSchema.parse({});
export const DEFAULT_CONFIG: Config = configSchema.parse({});
