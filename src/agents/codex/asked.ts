import { z } from "zod";

import { decision, type Asked } from "./asking.ts";
import { elicited, userInput } from "./questions.ts";
import type { ServerRequest } from "./rpc.ts";
import type { FileChanges } from "./wire.ts";
import { data, lines, oneLine } from "../wording.ts";

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
/**
 * What is asked (forms of Codex 0.169.0); null for a form that takes more than one text, and for what Baton does
 * not know.
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
      return elicited(params);
    case "item/tool/requestUserInput":
      return userInput(params);
    default:
      return null;
  }
}

function command(asked: z.infer<typeof commandSchema> | undefined): Asked | null {
  if (asked === undefined) return null;
  const { kind, command: text, cwd, reason, networkApprovalContext, additionalPermissions } = asked;
  const what = text ?? ((networkApprovalContext ?? null) === null ? kind : "reach the network");
  const detail = lines({
    [kind === "command" ? "Command" : `Command (${kind})`]: text,
    Directory: cwd,
    Reason: reason,
    Network: data(networkApprovalContext),
    Permissions: data(additionalPermissions),
  });
  return decision({ kind: "command", summary: oneLine(what), detail }, { decision: "accept" });
}

function fileChange(
  asked: z.infer<typeof fileChangeSchema> | undefined,
  changes: ReadonlyMap<string, FileChanges>,
): Asked | null {
  if (asked === undefined) return null;
  const files = changes.get(asked.itemId) ?? [];
  const destinations = files.flatMap(({ path, kind }) => [path, kind.move_path ?? []].flat());
  const summary = oneLine(destinations.join(", ") || (asked.grantRoot ?? "change files"));
  const detail = lines({
    Reason: asked.reason,
    "Everything below": asked.grantRoot,
    Changes: files.map(changeText).join("\n"),
  });
  return decision({ kind: "file_change", summary, detail }, { decision: "accept" });
}

function changeText({ path, kind, diff }: FileChanges[number]): string {
  const moved = typeof kind.move_path === "string" ? ` -> ${kind.move_path}` : "";
  return `${kind.type} ${path}${moved}\n${diff.slice(0, DIFF_LENGTH)}${diff.length > DIFF_LENGTH ? "…" : ""}`;
}

function permissions(asked: z.infer<typeof permissionsSchema> | undefined): Asked | null {
  if (asked === undefined) return null;
  const granted = Object.fromEntries(Object.entries(asked.permissions).filter(([, value]) => value !== null));
  const summary = oneLine(`more permissions: ${JSON.stringify(granted)}`);
  const detail = lines({ Permissions: data(granted), Directory: asked.cwd, Reason: asked.reason });
  // For this turn alone; null is no permission in an answer.
  return decision({ kind: "command", summary, detail }, { permissions: granted, scope: "turn" });
}

/** Longest part of a file's diff that is shown, in UTF-16 units. */
const DIFF_LENGTH = 8_000;
