import { z } from "zod";

import { shortened, withoutControls } from "../../core/text.ts";
import type { AgentRequest } from "../driver.ts";
import type { ServerRequest } from "./rpc.ts";
import type { FileChanges } from "./wire.ts";

/** A request of the app-server as a person sees it, and what Codex is answered when they approve. */
export interface Asked {
  readonly request: AgentRequest;
  readonly approval: unknown;
}

const YES_OR_NO = { options: [], takes: "decision" } as const;

const commandSchema = z.looseObject({
  kind: z.string().catch("command"),
  command: z.string().nullish(),
  cwd: z.string().nullish(),
  reason: z.string().nullish(),
  networkApprovalContext: z.unknown().optional(),
  additionalPermissions: z.unknown().optional(),
});
const fileChangeSchema = z.looseObject({
  itemId: z.string(),
  reason: z.string().nullish(),
  grantRoot: z.string().nullish(),
});
const permissionsSchema = z.looseObject({
  cwd: z.string().nullish(),
  reason: z.string().nullish(),
  permissions: z.record(z.string(), z.unknown()),
});
const elicitationSchema = z.looseObject({
  serverName: z.string(),
  mode: z.literal("form"),
  message: z.string(),
  requestedSchema: z.looseObject({
    properties: z.record(z.string(), z.unknown()).catch({}),
    required: z.array(z.string()).nullish(),
  }),
  _meta: z.looseObject({ codex_approval_kind: z.string().optional() }).nullish(),
});

/**
 * What is asked (forms of Codex 0.169.0); null for what a yes alone cannot answer, such as a form to fill in, and for
 * what Baton does not know.
 */
export function askedIn(
  { method, params }: ServerRequest,
  changes: ReadonlyMap<string, FileChanges>,
): Asked | null {
  switch (method) {
    case "item/commandExecution/requestApproval":
      return command(commandSchema.safeParse(params).data);
    case "item/fileChange/requestApproval":
      return fileChange(fileChangeSchema.safeParse(params).data, changes);
    case "item/permissions/requestApproval":
      return permissions(permissionsSchema.safeParse(params).data);
    case "mcpServer/elicitation/request":
      return elicitation(elicitationSchema.safeParse(params).data);
    default:
      return null;
  }
}

function command(asked: z.infer<typeof commandSchema> | undefined): Asked | null {
  if (asked === undefined) return null;
  const { kind, command: text, cwd, reason, networkApprovalContext, additionalPermissions } = asked;
  const what = text ?? ((networkApprovalContext ?? null) === null ? kind : "reach the network");
  return {
    approval: { decision: "accept" },
    request: {
      kind: "command",
      summary: oneLine(what),
      detail: lines({
        [kind === "command" ? "Command" : `Command (${kind})`]: text,
        Directory: cwd,
        Reason: reason,
        Network: data(networkApprovalContext),
        Permissions: data(additionalPermissions),
      }),
      ...YES_OR_NO,
    },
  };
}

function fileChange(
  asked: z.infer<typeof fileChangeSchema> | undefined,
  changes: ReadonlyMap<string, FileChanges>,
): Asked | null {
  if (asked === undefined) return null;
  const files = changes.get(asked.itemId) ?? [];
  const destinations = files.flatMap(({ path, kind }) => [path, kind.move_path ?? []].flat());
  return {
    approval: { decision: "accept" },
    request: {
      kind: "file_change",
      summary: oneLine(destinations.join(", ") || (asked.grantRoot ?? "change files")),
      detail: lines({
        Reason: asked.reason,
        "Everything below": asked.grantRoot,
        Changes: files.map(changeText).join("\n"),
      }),
      ...YES_OR_NO,
    },
  };
}

function changeText({ path, kind, diff }: FileChanges[number]): string {
  const moved = typeof kind.move_path === "string" ? ` -> ${kind.move_path}` : "";
  return `${kind.type} ${path}${moved}\n${diff.slice(0, DIFF_LENGTH)}${diff.length > DIFF_LENGTH ? "…" : ""}`;
}

function permissions(asked: z.infer<typeof permissionsSchema> | undefined): Asked | null {
  if (asked === undefined) return null;
  const granted = Object.fromEntries(Object.entries(asked.permissions).filter(([, value]) => value !== null));
  return {
    // For this turn alone; null is no permission in an answer.
    approval: { permissions: granted, scope: "turn" },
    request: {
      kind: "command",
      summary: oneLine(`more permissions: ${JSON.stringify(granted)}`),
      detail: lines({ Permissions: data(granted), Directory: asked.cwd, Reason: asked.reason }),
      ...YES_OR_NO,
    },
  };
}

function elicitation(asked: z.infer<typeof elicitationSchema> | undefined): Asked | null {
  if (asked === undefined) return null;
  const { serverName, message, requestedSchema, _meta: meta } = asked;
  if ((requestedSchema.required ?? []).length > 0) return null;
  return {
    approval: { action: "accept", content: {}, _meta: null },
    request: {
      kind: meta?.codex_approval_kind === undefined ? "question" : "tool",
      summary: oneLine(`${serverName}: ${message}`),
      detail: lines({ "MCP server": serverName, Message: message, More: data(meta) }),
      ...YES_OR_NO,
    },
  };
}

const SUMMARY_LENGTH = 200;
/** Longest part of a file's diff that is shown, in UTF-16 units. */
const DIFF_LENGTH = 8_000;

/** Rules decide by it: what is not all there as it stands, down to a line feed, ends with "…" and is approved by none. */
function oneLine(text: string): string {
  const line = shortened(text, SUMMARY_LENGTH);
  return line === text || line.endsWith("…") ? line : `${line}…`;
}

/** What the agent says is shown to a person who decides by it: nothing in it may move their cursor. */
function lines(parts: Readonly<Record<string, string | null | undefined>>): string {
  return Object.entries(parts)
    .filter(([, text]) => text !== null && text !== undefined && text !== "")
    .map(([name, text]) => `${name}: ${withoutControls(text ?? "")}`)
    .join("\n");
}

function data(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
