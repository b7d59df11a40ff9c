import type { Access } from "../../contracts/task.ts";
import type { OpenRequest } from "../driver.ts";
import { QUESTION_TOOL } from "./asked.ts";

/**
 * Permission modes of Claude Code 2.1.330 by their names on the command line. `default` is also what 2.1.330's help
 * calls `manual`; `auto` would let a model decide.
 */
const MODES = { read: "default", write: "acceptEdits", full: "acceptEdits" } as const;

const WRITING: readonly string[] = ["Read", "Bash", "Edit", "Write", "NotebookEdit"];

/**
 * The tools a child has at all. Bash is needed to look around: this Claude has no tool that lists or searches. Even under
 * full access it has none that begins turns of its own (timers, monitors, workflows) or speaks to other conversations.
 */
export const TOOLS: Readonly<Record<Access, readonly string[]>> = {
  read: ["Read", "Bash"],
  write: WRITING,
  full: [...WRITING, "WebFetch", "WebSearch", "Agent"],
};

/** A new conversation with this id, one that is there, or a copy of another one, of which no file is kept. */
export type ConversationChoice =
  | { readonly kind: "new" | "known"; readonly id: string }
  | { readonly kind: "copy"; readonly id: string; readonly of: string };

export interface ArgvRequest {
  readonly executable: string;
  readonly access: Access;
  readonly approvals: OpenRequest["approvals"];
  readonly cwd: string;
  readonly conversation: ConversationChoice;
  readonly model: string | null;
  readonly effort: string | null;
  readonly settingsFile: string;
  readonly mcpConfigFile: string | null;
}

/** Whatever would ask is asked on stdout, files outside the directory included, which `--restricted` would refuse. */
const DECIDED_BY_US = ["--permission-prompt-tool=stdio"];
/** Whatever would ask is denied: nobody is there to answer. */
const DECIDED_BY_NOBODY = ["--permission-prompts=none", "--restricted"];

/** Whether anybody is asked in a conversation; under read access never. */
export function isAskingUnder(access: Access, approvals: OpenRequest["approvals"]): boolean {
  return access !== "read" && approvals === "ask";
}

/**
 * The command line of a child (flags of Claude Code 2.1.330). Values stand behind `=`: a value that begins with a dash
 * cannot become a flag, and the lists are variadic.
 */
export function claudeArgv(request: ArgvRequest): readonly [string, ...string[]] {
  const { access, approvals, conversation, model, effort, mcpConfigFile } = request;
  const isAsking = isAskingUnder(access, approvals);
  const tools = isAsking ? [...TOOLS[access], QUESTION_TOOL] : TOOLS[access];
  return [
    request.executable,
    "-p",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--verbose",
    "--include-partial-messages",
    `--permission-mode=${MODES[access]}`,
    ...(isAsking || access === "full" ? DECIDED_BY_US : DECIDED_BY_NOBODY),
    `--tools=${tools.join(",")}`,
    // No settings file of user or project: what may apply of them comes in ours.
    "--setting-sources=",
    `--settings=${request.settingsFile}`,
    "--strict-mcp-config",
    ...(mcpConfigFile === null ? [] : [`--mcp-config=${mcpConfigFile}`]),
    `--add-dir=${request.cwd}`,
    ...choosing(conversation),
    ...(model === null ? [] : [`--model=${model}`]),
    ...(effort === null ? [] : [`--effort=${effort}`]),
  ];
}

function choosing(conversation: ConversationChoice): readonly string[] {
  switch (conversation.kind) {
    case "new":
      return [`--session-id=${conversation.id}`];
    case "known":
      return [`--resume=${conversation.id}`];
    case "copy": {
      const { id, of } = conversation;
      return [`--resume=${of}`, "--fork-session", `--session-id=${id}`, "--no-session-persistence"];
    }
  }
}
