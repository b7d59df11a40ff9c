import { z } from "zod";

import type { FileChange } from "../../contracts/task.ts";
import { taskError } from "../../contracts/error.ts";
import { failureOf, type FailureKind } from "../failed-turn.ts";
import type { AcpFailure, AcpWords, TokenCounts } from "./profile.ts";
import type { Prompted, ToolCall } from "./wire.ts";

/** Codes of ACP, version 1. */
const AUTH_REQUIRED = -32_000;
const NOT_FOUND = -32_002;

const AUTH_WORDS =
  /\b(401|403)\b|unauthori[sz]ed|not logged in|log ?in|authenticat|api[ _-]?key|invalid[ _-]?(credential|token)/i;
const LIMIT_WORDS = /\b429\b|rate.?limit|quota|too many requests|usage limit|resource.?exhausted/i;
const TROUBLE_WORDS =
  /\b5\d\d\b|overloaded|unavailable|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|fetch failed|cannot connect|unable to connect|network|socket|timed? ?out/i;
const UNKNOWN_SESSION =
  /(session|conversation)s?\b.*\b(not found|unknown|does not exist|invalid)|no (previous |such )?session|(not found|unknown|invalid):? (session|conversation)/i;

/** What most agents say; `title` and `login` are for the hints. */
export function genericWords({ title, login }: { readonly title: string; readonly login: string }): AcpWords {
  const auth: FailureKind = { code: "agent_auth", hint: login };
  const limited: FailureKind = {
    code: "agent_rate_limited",
    hint: "Wait until the limit resets, or use another model or agent.",
  };
  const trouble: FailureKind = {
    code: "agent_error",
    hint: "The model's provider has trouble or cannot be reached. Check the network and try again.",
    retryable: true,
  };
  const other: FailureKind = {
    code: "agent_error",
    hint: `The words are ${title}'s own; try the same prompt in it to see more.`,
  };
  const kindOf = (code: number, said: string): FailureKind => {
    if (code === AUTH_REQUIRED || code === 401 || code === 403) return auth;
    if (code === 429) return limited;
    if (LIMIT_WORDS.test(said)) return limited;
    if (AUTH_WORDS.test(said)) return auth;
    return code >= 500 || TROUBLE_WORDS.test(said) ? trouble : other;
  };
  const told = (code: number, said: string) => failureOf(kindOf(code, said), `${title}: ${said}`);
  return {
    failureOf: (failure) => {
      const error = told(failure.code, wordsOf(failure));
      const methods = failure.authMethods.map(({ name, description }) => description ?? name);
      if (error.code !== "agent_auth" || methods.length === 0) return error;
      return { ...error, hint: `${login} It offers: ${methods.join("; ")}.` };
    },
    isUnknownSession: (failure) => failure.code === NOT_FOUND || UNKNOWN_SESSION.test(wordsOf(failure)),
    disguised: (answer, prompted) => {
      const error = isUnbilled(prompted) ? errorIn(answer) : null;
      return error === null ? null : told(error.status, error.message);
    },
    usageOf,
    toolName: ({ title: said, kind }) =>
      said !== null && said !== undefined && /^[\w.:/-]+$/.test(said) ? said : (kind ?? "tool"),
    isOwnTool: ({ toolCall }) => isOther(toolCall) && OWN_TOOL.test(toolCall.title ?? ""),
    commandOf,
    stuckOpening: (limitMs) =>
      taskError(
        "agent_unavailable",
        `${title} did not open a conversation within ${limitMs / 1_000} seconds.`,
        {
          hint: `Try it in a terminal: it may wait for somebody to log in. ${login}`,
        },
      ),
    changesOf,
  };
}

/** How clients of MCP name the tools of a server; nothing but a name, so that no command can look like one. */
const OWN_TOOL = /^(?:mcp__)?baton(?:__|[_.:/]|: )[a-z]+(?:_[a-z]+)*$/;

function isOther({ kind }: ToolCall): boolean {
  return (kind ?? "other") === "other";
}

const commandSchema = z.looseObject({ command: z.string() });

function commandOf({ rawInput }: ToolCall): string | null {
  return commandSchema.safeParse(rawInput).data?.command ?? null;
}

const detailsSchema = z.union([
  z.string(),
  z.looseObject({ details: z.string() }).transform(({ details }) => details),
  z.looseObject({ message: z.string() }).transform(({ message }) => message),
  z.looseObject({ error: z.looseObject({ message: z.string() }) }).transform(({ error }) => error.message),
]);

/** The message, and what its data adds: "Internal error" alone says nothing. */
export function wordsOf({ message, data }: Pick<AcpFailure, "message" | "data">): string {
  const details = detailsSchema.safeParse(data).data;
  return details === undefined || message.includes(details) ? message : `${message}: ${details}`;
}

const errorSchema = z.looseObject({
  status: z.number().optional().catch(undefined),
  error: z.looseObject({
    message: z.string(),
    code: z.union([z.number(), z.string()]).optional().catch(undefined),
  }),
});

/** The error that an answer is in truth: nothing but a provider's own JSON (codex-acp 2.6.0 ends a turn with it). */
function errorIn(answer: string): { readonly status: number; readonly message: string } | null {
  const text = answer.trim();
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  const parsed = errorSchema.safeParse(parsedJson(text)).data;
  if (parsed === undefined) return null;
  const { status, error } = parsed;
  return { status: status ?? (typeof error.code === "number" ? error.code : 0), message: error.message };
}

/** A model that has written an answer has written tokens. */
function isUnbilled({ usage }: Prompted): boolean {
  return (usage?.outputTokens ?? 0) === 0;
}

function usageOf({ usage }: Prompted): TokenCounts | null {
  if (usage === null || usage === undefined) return null;
  const { inputTokens, outputTokens, cachedReadTokens, cachedWriteTokens, thoughtTokens, totalTokens } =
    usage;
  const cached = cachedReadTokens ?? 0;
  const apart = cached + (cachedWriteTokens ?? 0);
  // Whether the cached ones are among the input tells only the sum.
  const written = outputTokens + (thoughtTokens ?? 0);
  const total = totalTokens ?? inputTokens + written + apart;
  const isApart = total >= inputTokens + outputTokens + apart;
  return { input: inputTokens + (isApart ? apart : 0), cached, output: written };
}

function changesOf({ kind, content, locations }: ToolCall): readonly FileChange[] {
  const diffs = (content ?? []).flatMap((part): FileChange[] => {
    if (part.type !== "diff") return [];
    return [{ path: part.path, kind: (part.oldText ?? null) === null ? "add" : "update" }];
  });
  if (diffs.length > 0) return diffs;
  const change = kind === "delete" ? "delete" : "update";
  const isChanging = kind === "edit" || kind === "delete" || kind === "move";
  return isChanging ? (locations ?? []).map(({ path }) => ({ path, kind: change })) : [];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
