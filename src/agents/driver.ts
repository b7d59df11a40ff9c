import type { Abilities, AgentAccess, AgentModel } from "../contracts/agent.ts";
import type { ImageType } from "../contracts/attachment.ts";
import type { TaskError } from "../contracts/error.ts";
import type { AgentEvent } from "../contracts/event.ts";
import type { Access, Usage } from "../contracts/task.ts";

/** Variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string>>;

/** The user's settings for one agent (`[agents.<name>]` of the config). */
export interface AgentSettings {
  /** The user's own MCP servers run in a child too. */
  readonly mcp_servers: boolean;
  /** The repository's own configuration (hooks, MCP servers, allow-rules) holds in a child. */
  readonly project_config: boolean;
}

/** Everything that decides which process can hold a conversation: change one of these and it needs another. */
export interface Launch {
  /** The environment of the child, already reduced to what this agent may see. `PATH` in it finds the executable. */
  readonly env: Environment;
  /** Absolute path or name of the executable that the user put in place of the one on PATH. */
  readonly executable: string | null;
  readonly settings: AgentSettings;
  /** Folders that no agent has to read, above all BATON_HOME; kept from it where its sandbox or rules can do that. */
  readonly privateFolders: readonly string[];
  /** A folder within those that is the task's own all the same; null where there is none. */
  readonly ownFolder: string | null;
}

/** Baton's own tools for one conversation: the hub's MCP server, and what shows that a call comes from this one. */
export interface ToolAccess {
  /** Streamable HTTP on loopback. */
  readonly url: string;
  /** The bearer token. Never in argv, nor in a file that another agent could read. */
  readonly credential: string;
  /**
   * The same tools over stdio, without a credential, for an agent that cannot be given the address: such a call is
   * known by the process that it comes from and by what the agent's client attests.
   */
  readonly command: readonly [string, ...string[]];
}

/** One conversation to open. `nativeId` null starts a new one; otherwise exactly that one is resumed. */
export interface OpenRequest {
  readonly launch: Launch;
  readonly cwd: string;
  readonly access: Access;
  readonly nativeId: string | null;
  readonly model: string | null;
  readonly effort: string | null;
  /** A JSON Schema that every answer in this conversation has to follow; null leaves it free. */
  readonly schema: JsonSchema | null;
  /** What becomes of a step beyond the agent's sandbox: declined, or asked for through `TurnOptions.onRequest`. */
  readonly approvals: "decline" | "ask";
  /** What the agent is told of its part, beside the user's words and never in their place; null: nothing. */
  readonly briefing: string | null;
  /** The agent sees them as the MCP server `baton`; null leaves it without. */
  readonly tools: ToolAccess | null;
  /** How deep in its lineage the task is; exported to what the agent starts as `BRIDGE_DEPTH`. */
  readonly depth: number;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A step that an agent may not take by itself, or a question that it has. */
export interface AgentRequest {
  readonly kind: "command" | "file_change" | "tool" | "question";
  /** One line: the command, the file, the tool. Rules approve by it: it ends with "…" unless it is the whole, exactly. */
  readonly summary: string;
  /** Everything that a person needs to decide; data, never to be run. */
  readonly detail: string;
  /** What a question offers as answers; empty where the answer is free, or a yes or no. */
  readonly options: readonly string[];
  /** How it can be answered: with a yes or no, or with a text. */
  readonly takes: "decision" | "text";
}

export type RequestAnswer =
  | { readonly decision: "approve" }
  | { readonly decision: "deny"; readonly reason: string }
  /** Only for a request that takes a text. */
  | { readonly decision: "answer"; readonly text: string };

/** An image that goes with a prompt. */
export interface Image {
  readonly type: ImageType;
  readonly content: Uint8Array;
}

export interface TurnOptions {
  /**
   * Images for the model, in the order in which the prompt speaks of them. Where the agent or the model of the
   * conversation takes none, the turn fails with `invalid_argument` before anything is sent (`noImages`).
   */
  readonly images?: readonly Image[];
  /**
   * Asked in conversations that were opened with approvals "ask"; the turn waits for the answer.
   * @param withdrawn aborts when no answer is waited for any more.
   */
  readonly onRequest?: (request: AgentRequest, withdrawn?: AbortSignal) => Promise<RequestAnswer>;
}

/** How a turn ended. `interrupted` is the answer to `interrupt`, not an error. */
export type TurnOutcome =
  | { readonly status: "completed"; readonly answer: string; readonly usage: Usage | null }
  | { readonly status: "failed"; readonly error: TaskError; readonly usage: Usage | null }
  | { readonly status: "interrupted"; readonly usage: Usage | null };

/** One prompt on its way. `outcome` never rejects. */
export interface Turn {
  readonly outcome: Promise<TurnOutcome>;
  /** Asks the agent to stop; resolves when it was told. The outcome follows, or `close` ends it. */
  interrupt(): Promise<void>;
  /**
   * Adds a message to the running turn; resolves when the agent has taken it.
   * @throws BatonError `conflict` when the turn does not run (any more), `invalid_argument` when the agent cannot.
   */
  steer(text: string): Promise<void>;
}

/** A conversation that is open in a process of ours; takes one turn at a time. */
export interface Conversation {
  /** The agent's own id, known before the first turn starts. */
  readonly nativeId: string;
  /** The process that holds it, of which others may be held too; null when it is gone. */
  readonly pid: number | null;
  /** False once the process behind it is gone or somebody else has continued the conversation: open it anew. */
  isUsable(): boolean;
  /** Sends one prompt. `onEvent` is called in order and never after `outcome` has settled. */
  run(prompt: string, onEvent: (event: AgentEvent) => void, options?: TurnOptions): Turn;
  /** Lets go of it: its process ends or unloads it, so that the agent's own CLI can have it. Safe to call twice. */
  close(): Promise<void>;
}

/** How an agent is logged in. */
export interface AgentLogin {
  readonly isLoggedIn: boolean;
  /** Its own word for the account; null where it has none. */
  readonly account: string | null;
  readonly billedTo: Usage["billed_to"];
}

/** What holds an agent to an access level. */
export interface Hold {
  readonly by: AgentAccess["held_by"];
  /** By what means, in a sentence. */
  readonly means: string;
}

/** What an installed agent tells about itself, and what this driver can do with it. */
export interface AgentDescription {
  /** As the agent tells it; null where it does not. */
  readonly version: string | null;
  /** Null where the agent does not tell. */
  readonly login: AgentLogin | null;
  /** In the agent's own order; those that it hides are left out. */
  readonly models: readonly AgentModel[];
  /** Read off the installed agent wherever it tells; what the driver itself decides is the driver's word. */
  readonly abilities: Abilities;
  /** Null for a level that it cannot be held to, which `open` refuses with `access_denied`. */
  readonly access: Readonly<Record<Access, Hold | null>>;
  /** The MCP servers of the user as the agent has understood its configuration; null where it does not tell. */
  readonly mcpServers: Readonly<Record<string, unknown>> | null;
}

export interface DescribeRequest {
  readonly launch: Launch;
  /** An empty folder: no project's configuration has to be read for this. */
  readonly cwd: string;
  /** How long the agent may take to answer, in milliseconds. */
  readonly limitMs: number;
}

/** Runs one kind of agent. Knows its agent and nothing of hub, store or MCP. */
export interface Driver {
  readonly agent: string;
  /** What the agent is called in a sentence. */
  readonly title: string;
  readonly environment: EnvironmentNeeds;
  /**
   * The program that `open` and `describe` run.
   * @throws BatonError `agent_unavailable`
   */
  find(launch: Launch): Promise<string>;
  /**
   * Asks the installed agent about itself, by a process of its own that has ended when this settles; costs no call of a
   * model and leaves nothing behind. One that is not logged in is described too.
   * @throws BatonError `agent_unavailable` when it is missing or does not answer in time
   */
  describe(request: DescribeRequest): Promise<AgentDescription>;
  /**
   * Opens a conversation.
   * @throws BatonError `agent_unavailable`, `agent_auth`, `session_not_found`, `session_busy`, `agent_crashed`, `access_denied`
   */
  open(request: OpenRequest): Promise<Conversation>;
  /** The command a person types to open the conversation in the agent's own CLI; null where none is known. */
  resumeArgv(nativeId: string): readonly string[] | null;
  /** What `resumeArgv` needs in its environment beside the session's places, by those places. */
  resumeEnvironment(places: Places): Environment;
  /** How long an unused conversation is kept warm, in milliseconds. */
  readonly keepWarmMs: number;
  /**
   * Whether the agent's own CLI is shut out of a conversation while it is open here: such a one is kept warm only as
   * long as the agent that has asked is still connected, and let go of at once after a person's command.
   */
  readonly isExclusive: boolean;
  /** Ends every process of this driver; nothing is left when it resolves. */
  close(): Promise<void>;
}

/** The variables of `EnvironmentNeeds.places`, and HOME, as a session's first caller had them. */
export type Places = Readonly<Record<string, string | null>>;

/** Which of the caller's variables an agent needs, beside the base that every child gets. */
export interface EnvironmentNeeds {
  /** The variable that names the executable to use, e.g. `BATON_CODEX_BIN`. */
  readonly executable: string;
  /** Names and prefixes (ending in `*`) of the agent's own vendor. */
  readonly own: readonly string[];
  /** Keys by which its vendor bills, among `own`: kept from an agent that has a login, unless the user says otherwise. */
  readonly keys: readonly string[];
  /** Whether the agent has a login of its own (a subscription) in this environment, as far as its files tell. */
  hasLogin(env: Environment): Promise<boolean>;
  /** Variables that say where the agent keeps its conversations: a session remembers their values. */
  readonly places: readonly string[];
  /** Names that the agent's own configuration refers to, such as a provider's `env_key`; read from its files. */
  referenced(env: Environment): Promise<readonly string[]>;
}
