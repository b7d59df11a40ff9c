import type { AgentDescription } from "../agents/driver.ts";
import type { AgentConfig } from "../contracts/config.ts";
import type { TaskError } from "../contracts/error.ts";
import type { HubStatus } from "../contracts/rpc.ts";
import type { WorktreeFacts } from "./worktrees.ts";

/** What was found out about one agent; what to think of it is for the findings. */
export interface AgentFacts {
  readonly agent: string;
  readonly title: string;
  /** Whether the person has asked for this one by name. */
  readonly isNamed: boolean;
  readonly program: Program | null;
  /** Why there is no program. */
  readonly missing: TaskError | null;
  readonly version: string | null;
  /** What it says of itself, without a call of a model. */
  readonly says: AgentDescription | null;
  /** Why it says nothing; null also where it was not asked. */
  readonly silent: TaskError | null;
  /** A conversation as tasks have them, opened and closed without a call of a model; null: not tried. */
  readonly opening: Opening | null;
  /** Whether the agent has a subscription's login, as far as its files tell. */
  readonly hasLogin: boolean;
  readonly auth: AgentConfig["auth"];
  /** Keys of the environment that Baton keeps from it. */
  readonly withheld: readonly string[];
  /** Baton as the agent has it configured; null: it has not. */
  readonly registration: Registration | null;
  /** Whether the agent's sandbox works on this machine; null: not known, or it has none. */
  readonly sandbox: { readonly works: boolean; readonly why: string } | null;
  /** `MCP_TOOL_TIMEOUT` where the agent heeds it, in milliseconds. */
  readonly toolTimeoutMs: number | null;
}

export interface Program {
  /** What is run. */
  readonly path: string;
  /** The launcher that was found and that Baton goes past; null where the program itself was found. */
  readonly launcher: string | null;
}

export interface Opening {
  readonly ms: number;
  readonly error: TaskError | null;
}

/** Baton's MCP server as an agent's configuration has it. */
export interface Registration {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly connection: Connection;
  /** The limit of a call, in seconds; null: the agent's own. */
  readonly toolTimeoutSeconds: number | null;
  /** Whether that stands there as an integer, where a float is safe. */
  readonly isTimeoutInteger: boolean;
  /** Variables that Baton or an agent would need, that this shell has, and that the registration does not pass on. */
  readonly missingVariables: readonly string[];
  /** Whether tools that change something are approved; null where the agent knows no such thing. */
  readonly isApproved: boolean | null;
}

/** How Baton's server answers when it is started as the agent would start it. */
export type Connection =
  | { readonly works: true; readonly ms: number | null }
  | { readonly works: false; readonly why: string };

/** What was found out about the machine and this Baton. */
export interface MachineFacts {
  readonly node: string;
  readonly isNodeEnough: boolean;
  readonly config: { readonly file: string; readonly isThere: boolean; readonly error: TaskError | null };
  readonly home: string;
  /** Files and folders of BATON_HOME that others may use, with their rights; empty where none is. */
  readonly open: readonly { readonly file: string; readonly mode: string }[];
  /** Proxies of the environment, when loopback is not excepted from them. */
  readonly proxies: readonly string[];
  /** Marks of an agent in this environment. */
  readonly marks: readonly string[];
  /** The agent that this command runs in. */
  readonly inside: string | null;
  readonly worktrees: WorktreeFacts;
  readonly hub: HubFacts;
}

export interface HubFacts {
  readonly status: HubStatus | null;
  /** Why the hub cannot be asked; null when it was, or when there is none. */
  readonly error: TaskError | null;
  readonly ownVersion: string;
  /** The script that it runs, when that is not there any more. */
  readonly goneScript: string | null;
  /** Agents' processes that a dead hub has left. */
  readonly leftovers: readonly number[];
}
