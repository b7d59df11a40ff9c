import { z } from "zod";

import { withoutControls } from "../../core/text.ts";
import type { AgentRequest } from "../driver.ts";
import { oneLine } from "../wording.ts";
import { formIn, type Form } from "./form.ts";
import { callSummary, toolKind } from "./tools.ts";
import { elicitationSchema, permissionSchema, type ControlRequest, type Permission } from "./wire.ts";

/** A request of Claude Code as a person sees it, and what Claude Code is answered. */
export interface Asked {
  /** Asked one after the other; a no to one is a no to all. */
  readonly requests: readonly AgentRequest[];
  /** @param texts the answers to those that take one; null when they do not fit what was asked. */
  readonly approval: (texts: readonly string[]) => unknown;
  readonly refusal: (reason: string) => unknown;
}

/** What is asked (forms of Claude Code 2.1.330); null for what Baton does not know or a single text cannot answer. */
export function askedIn(request: ControlRequest["request"]): Asked | null {
  switch (request.subtype) {
    case "can_use_tool": {
      const permission = permissionSchema.safeParse(request).data;
      if (permission === undefined) return null;
      return permission.tool_name === QUESTION_TOOL ? questions(permission) : step(permission);
    }
    case "elicitation":
      return elicitation(elicitationSchema.safeParse(request).data);
    default:
      return null;
  }
}

/** The tool by which Claude Code 2.1.330 asks its user something. */
export const QUESTION_TOOL = "AskUserQuestion";

const WRITING: ReadonlySet<string> = new Set(["Edit", "MultiEdit", "Write", "NotebookEdit"]);

function kindOf(tool: string): AgentRequest["kind"] {
  if (WRITING.has(tool)) return "file_change";
  return toolKind(tool) === "command" ? "command" : "tool";
}

function step(permission: Permission): Asked {
  const { tool_name, mcp_server, input, decision_reason, blocked_path, agent_id } = permission;
  const { command, file_path, notebook_path, description, ...rest } = input;
  const kind = kindOf(tool_name);
  const subject = callSummary(input);
  return {
    approval: () => ({ behavior: "allow", updatedInput: input }),
    refusal: (reason) => ({ behavior: "deny", message: reason }),
    requests: [
      {
        kind,
        summary: oneLine(kind === "tool" ? `${tool_name}: ${subject}` : subject),
        detail: lines({
          Tool: tool_name,
          "MCP server": mcp_server?.name,
          Command: command,
          File: file_path ?? notebook_path,
          Description: description,
          Reason: decision_reason,
          Path: blocked_path,
          "Sub-agent": agent_id,
          ...rest,
        }),
        options: [],
        takes: "decision",
      },
    ],
  };
}

const questionsSchema = z.looseObject({
  questions: z.array(
    z.looseObject({
      question: z.string(),
      options: z.array(z.looseObject({ label: z.string(), description: z.string().catch("") })).catch([]),
      multiSelect: z.boolean().catch(false),
    }),
  ),
});

function questions({ input }: Permission): Asked | null {
  const asked = questionsSchema.safeParse(input).data?.questions ?? [];
  if (asked.length === 0) return null;
  return {
    approval: (texts) => {
      const answers = Object.fromEntries(asked.map(({ question }, index) => [question, texts[index] ?? ""]));
      return { behavior: "allow", updatedInput: { ...input, answers } };
    },
    refusal: (reason) => ({ behavior: "deny", message: reason }),
    requests: asked.map(({ question, options, multiSelect }) => ({
      kind: "question",
      summary: oneLine(question),
      detail: lines({
        Question: question,
        Options: options.map(({ label, description }) => `\n  ${label}: ${description}`).join(""),
        Answer: multiSelect ? "one or more of the options, or words of your own" : null,
      }),
      options: options.map(({ label }) => withoutControls(label)),
      takes: "text",
    })),
  };
}

function elicitation(asked: z.infer<typeof elicitationSchema> | undefined): Asked | null {
  const form = asked === undefined ? null : formIn(asked.requested_schema);
  if (asked === undefined || form === null) return null;
  const { mcp_server_name, message, requested_schema } = asked;
  return {
    approval: ([text]) => accepted(form, text),
    refusal: () => ({ action: "decline" }),
    requests: [
      {
        kind: "question",
        summary: oneLine(`${mcp_server_name}: ${message}`),
        detail: lines({ "MCP server": mcp_server_name, Message: message, Form: requested_schema }),
        options: (form.field?.options ?? []).map(withoutControls),
        takes: form.field === null ? "decision" : "text",
      },
    ],
  };
}

function accepted({ field }: Form, text: string | undefined): unknown {
  if (field === null) return { action: "accept", content: {} };
  const isFitting = text !== undefined && (field.options.length === 0 || field.options.includes(text));
  return isFitting ? { action: "accept", content: { [field.name]: text } } : null;
}

/** Longest text of a file that is shown, in UTF-16 units; a command is shown whole. */
const TEXT_LENGTH = 8_000;

/** What the agent says is shown to a person who decides by it: nothing in it may move their cursor. */
function lines(parts: Readonly<Record<string, unknown>>): string {
  return Object.entries(parts)
    .map(([name, part]) => [name, textOf(name, part)] as const)
    .filter(([, text]) => text !== "")
    .map(([name, text]) => withoutControls(`${name}: ${text}`))
    .join("\n");
}

function textOf(name: string, part: unknown): string {
  if (part === null || part === undefined) return "";
  const text = typeof part === "string" ? part : JSON.stringify(part);
  return name === "Command" || text.length <= TEXT_LENGTH
    ? text
    : `${text.slice(0, TEXT_LENGTH).toWellFormed()}…`;
}
