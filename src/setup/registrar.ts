import type { StartCommand } from "./start-command.ts";

export type Scope = "user" | "project";

/** Where things are for the person who runs `setup`. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The repository, or the directory outside of one. */
  readonly project: string;
  /** The variables that Baton and the agents need from a client that passes none on. */
  readonly variables: readonly string[];
}

/** An MCP server as it is to be registered. */
export interface Server extends StartCommand {
  readonly name: string;
  /** Baton itself, or the file tools of Claude Code. */
  readonly kind: "baton" | "claude-file-tools";
}

/** Whether calls may go without a question: agreed to now, or left as it is. */
export type Consent = "given" | "not given";

/** How one agent is told of a server. */
export interface Registrar {
  readonly agent: string;
  /** As a person knows it. */
  readonly title: string;
  readonly executable: { readonly name: string; readonly variable: string | null };
  configFile(scope: Scope, around: Surroundings): Promise<string>;
  instructionsFile(scope: Scope, around: Surroundings): string;
  /** What has to be agreed to for calls without a question; null where the agent asks in its own way. */
  readonly question: string | null;
  hasConsent(text: string): boolean;
  register(text: string, server: Server, options: { consent: Consent; around: Surroundings }): string;
  /** Takes a server out, or puts back the entry of that name that another text has. */
  unregister(text: string, name: string, former: string): string;
  /** The agent's own command that registers, for the scopes where that is the better way. */
  ownCommand?(server: Server, scope: Scope): OwnCommand | null;
  /** Said beside success in this scope. */
  readonly hint: Readonly<Record<Scope, string | null>>;
}

/** Arguments of the agent's own program, one call each. */
export interface OwnCommand {
  readonly remove: readonly string[];
  readonly add: readonly string[];
}

/** A folder of the environment, where it is set. */
export function folderOf(around: Surroundings, variable: string, ...otherwise: readonly string[]): string {
  const chosen = around.env[variable];
  return chosen === undefined || chosen === "" ? [around.home, ...otherwise].join("/") : chosen;
}
