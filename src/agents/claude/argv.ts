import type { Access } from "../../contracts/task.ts";

/**
 * Permission modes of Claude Code 2.1.330 by their names on the command line. `default` is also what 2.1.330's help
 * calls `manual`; `auto` would let a model decide.
 */
const MODES = { read: "default", write: "acceptEdits" } as const;

/** The tools a child has at all. Bash is needed to look around: this Claude has no tool that lists or searches. */
const TOOLS = { read: "Read,Bash", write: "Read,Bash,Edit,Write,NotebookEdit" } as const;

export interface ArgvRequest {
  readonly executable: string;
  readonly access: Exclude<Access, "full">;
  readonly cwd: string;
  readonly conversation: { readonly id: string; readonly isNew: boolean };
  readonly model: string | null;
  readonly effort: string | null;
  readonly settingsFile: string;
  readonly mcpConfigFile: string | null;
}

/**
 * The command line of a child (flags of Claude Code 2.1.330). Values stand behind `=`: a value that begins with a dash
 * cannot become a flag, and the lists are variadic.
 */
export function claudeArgv(request: ArgvRequest): readonly [string, ...string[]] {
  const { access, conversation, model, effort, mcpConfigFile } = request;
  return [
    request.executable,
    "-p",
    "--input-format=stream-json",
    "--output-format=stream-json",
    "--verbose",
    "--include-partial-messages",
    `--permission-mode=${MODES[access]}`,
    // Whatever would ask is denied: nobody is there to answer.
    "--permission-prompts=none",
    `--tools=${TOOLS[access]}`,
    // No settings file of user or project: what may apply of them comes in ours.
    "--restricted",
    "--setting-sources=",
    `--settings=${request.settingsFile}`,
    "--strict-mcp-config",
    ...(mcpConfigFile === null ? [] : [`--mcp-config=${mcpConfigFile}`]),
    `--add-dir=${request.cwd}`,
    conversation.isNew ? `--session-id=${conversation.id}` : `--resume=${conversation.id}`,
    ...(model === null ? [] : [`--model=${model}`]),
    ...(effort === null ? [] : [`--effort=${effort}`]),
  ];
}
