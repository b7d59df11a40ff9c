import type { Abilities } from "../../contracts/agent.ts";
import type { TaskError } from "../../contracts/error.ts";
import type { FileChange, Usage } from "../../contracts/task.ts";
import type {
  AgentDescription,
  DescribeRequest,
  Environment,
  EnvironmentNeeds,
  Launch,
  OpenRequest,
  Places,
} from "../driver.ts";
import type { PermissionRules } from "./permissions.ts";
import type { AuthMethod, Capabilities, Permission, Prompted, ToolCall } from "./wire.ts";

/** What one agent that speaks ACP needs beyond the protocol. The layer itself knows no agent by name. */
export interface AcpProfile {
  readonly agent: string;
  /** What the agent is called in a sentence. */
  readonly title: string;
  readonly environment: EnvironmentNeeds;
  /** How long an unused conversation is kept warm, in milliseconds. */
  readonly keepWarmMs: number;
  /** See `Driver.isExclusive`. */
  readonly isExclusive: boolean;
  readonly words: AcpWords;
  /** What holds each level, in words; null for one that `plan` refuses. */
  readonly holds: AgentDescription["access"];
  /** What its turns tell of what they took. */
  readonly tells: Pick<Abilities, "usage" | "cost">;
  /** @throws BatonError `agent_unavailable` */
  find(launch: Launch): Promise<string>;
  /** The process in which the agent is asked about itself; what its session leaves behind belongs into `request.cwd`. */
  planToDescribe(request: DescribeRequest): Promise<ProcessPlan>;
  /** See `Driver.resumeArgv`. */
  resumeArgv(nativeId: string): readonly string[] | null;
  /** See `Driver.resumeEnvironment`. */
  resumeEnvironment(places: Places): Environment;
  /**
   * How a conversation is to be held: in which process, and under which rules. Files that it needs are written here.
   * @throws BatonError `agent_unavailable`, `agent_auth`, `access_denied`, `session_not_found`, `invalid_argument`
   */
  plan(request: OpenRequest): Promise<AcpPlan>;
}

export interface AcpPlan {
  readonly process: ProcessPlan;
  readonly session: SessionPlan;
  /** Removes what the plan has written, once the conversation is closed or could not be opened. Never rejects. */
  release(): Promise<void>;
}

export interface ProcessPlan {
  /** Absolute path of the program, and what is behind it: `["/usr/bin/opencode", "acp"]`. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Environment;
  /** Where the process itself stands; each session brings its own directory. */
  readonly cwd: string;
  /**
   * Whether conversations with the same command line, environment and directory share a process. Only where one of them
   * cannot reach into another, its MCP servers and their credential above all.
   */
  readonly sharing: "shared" | "alone";
  /** `one_by_one` for a program whose first starts are in each other's way. */
  readonly starts: "together" | "one_by_one";
}

export interface SessionPlan {
  /** The mode that the session is put into; null leaves it in the agent's own. */
  readonly mode: string | null;
  /** What becomes of a step that the agent asks about. */
  readonly rules: PermissionRules;
  /** How a conversation of the agent's is taken up again; told before anything is sent for it. */
  wayBack(nativeId: string, capabilities: Capabilities): Promise<WayBack>;
  /** How long it has to be quiet after a `session/load` before its replay counts as over, in milliseconds. */
  readonly settleMs: number;
  /** Texts before the user's own prompt; the first of each prompt must not be one that the agent takes for a command. */
  lead(prompt: string, turn: "first" | "later"): readonly string[];
  readonly billedTo: Usage["billed_to"];
}

/** `lost`: the agent cannot take it up, whatever it has kept of it. */
export type WayBack = "resume" | "load" | "lost";

/** The tokens of one turn; `input` includes the cached ones. */
export interface TokenCounts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** An error as the agent answered with it. */
export interface AcpFailure {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
  readonly authMethods: readonly AuthMethod[];
}

/** How an agent says what the protocol leaves open; `GENERIC_WORDS` has what most say. */
export interface AcpWords {
  /** What an error means: of a prompt, of opening a session. */
  failureOf(failure: AcpFailure): TaskError;
  /** Whether an error of `session/load` or `session/resume` says that there is no such session. */
  isUnknownSession(failure: AcpFailure): boolean;
  /** An answer that is an error in truth; null for what is an answer. */
  disguised(answer: string, prompted: Prompted): TaskError | null;
  usageOf(prompted: Prompted): TokenCounts | null;
  /** The tool's name, from the first that is heard of a call. */
  toolName(call: ToolCall): string;
  /** Whether a call is of Baton's own tools: the hub itself decides about those. Nothing of it may be the model's words. */
  isOwnTool(asked: Permission): boolean;
  /** The command of a call, exactly as it will run; null where the agent gives none apart from a title of its own. */
  commandOf(call: ToolCall): string | null;
  /** What it means that a session does not open within a time. */
  stuckOpening(limitMs: number): TaskError;
  /** What a call that is done has changed. `call` is all that was heard of it. */
  changesOf(call: ToolCall): readonly FileChange[];
}
