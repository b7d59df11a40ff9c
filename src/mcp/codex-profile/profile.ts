import { randomUUID } from "node:crypto";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { BatonError, type TaskError } from "../../contracts/error.ts";
import { isFinal, type Task } from "../../contracts/task.ts";
import { followApprovals, type Approvals } from "../approvals.ts";
import type { Call } from "../call.ts";
import type { FrontEnd } from "../front-end.ts";
import type { Profile } from "../server.ts";
import { cancelIfInterrupted, waitWithProgress } from "../waiting.ts";
import { standingOf } from "../workspace.ts";
import { CODEX_DIALOG } from "./dialog.ts";
import { readCodex, readReply, type CodexCall } from "./arguments.ts";
import { CODEX_TOOLS } from "./catalogue.ts";
import { lastOf } from "./history.ts";

/** The removed `codex mcp-server`, over Baton. */
export const CODEX_PROFILE: Profile = {
  name: "codex-mcp-server",
  title: "Codex",
  listTools: () => CODEX_TOOLS,
  failed: (error) => result({ threadId: "", content: errorText(error), isError: true }),
  call: async (frontEnd, params, call) => {
    switch (params.name) {
      case "codex":
        return run(frontEnd, call, readCodex(params.arguments));
      case "codex-reply":
        return reply(frontEnd, call, params.arguments);
      default:
        throw new BatonError("invalid_argument", `there is no tool ${JSON.stringify(params.name)}`, {
          hint: "This profile has: codex, codex-reply.",
        });
    }
  },
};

async function run(frontEnd: FrontEnd, call: Call, asked: CodexCall): Promise<CallToolResult> {
  const { mayAsk, cwd, ...terms } = asked;
  const standing = await standingOf(frontEnd, call, cwd ?? undefined);
  const task = await frontEnd.client.call("task.start", {
    ...terms,
    key: randomUUID(),
    caller: await frontEnd.callerAt(standing),
    agent: "codex",
    cwd: standing.asked,
    // Also for a client that cannot ask: what is declined then can be named.
    approvals: mayAsk ? "ask" : "decline",
    schema: null,
    timeout_ms: null,
  });
  if (!mayAsk) neverAsking.add(task.session);
  return answerOf(frontEnd, call, task);
}

/** Sessions that were begun with `never` in this server; no store keeps it. */
const neverAsking = new Set<string>();

/** A reply keeps what its conversation was begun with; without a prompt it waits for what is under way. */
async function reply(frontEnd: FrontEnd, call: Call, given: unknown): Promise<CallToolResult> {
  const { prompt, thread } = readReply(given);
  const latest = await lastOf(frontEnd, await standingOf(frontEnd, call), thread);
  if (prompt.trim() === "") {
    if (latest === null || latest.task === null) {
      throw new BatonError("session_not_found", `this client has asked nothing in the thread ${thread} yet`, {
        hint: "Pass a prompt.",
      });
    }
    return answerOf(frontEnd, call, latest.task);
  }
  return run(frontEnd, call, {
    prompt,
    session: { kind: "reference", reference: thread },
    model: latest?.model ?? null,
    effort: latest?.effort ?? null,
    access: latest?.access ?? "read",
    mayAsk: latest === null || !neverAsking.has(latest.session),
    cwd: null,
  });
}

/** What is asked in the tasks whose answers this server has not given yet. */
const followed = new Map<string, Approvals>();

async function answerOf(frontEnd: FrontEnd, call: Call, task: Task): Promise<CallToolResult> {
  const approvals = followed.get(task.id) ?? followApprovals(frontEnd.client, task.id, call, CODEX_DIALOG);
  followed.set(task.id, approvals);
  try {
    const request = { tasks: [task.id], mode: "all", waitSeconds: null } as const;
    const [waited = task] = await waitWithProgress(frontEnd, call, request);
    if (isFinal(waited.status)) followed.delete(task.id);
    return taskResult(waited, approvals.declined());
  } finally {
    await cancelIfInterrupted(frontEnd, call, task.id);
  }
}

function taskResult(task: Task, declined: readonly string[]): CallToolResult {
  const threadId = task.native_id ?? task.session;
  const notes = declined.map(
    (step) => `[Baton: declined, since this client cannot be asked for approvals: ${step}]`,
  );
  const say = (text: string, isError: boolean) =>
    result({ threadId, content: [text, ...notes].join("\n\n"), isError });
  if (!isFinal(task.status)) return say(workingText(task, threadId), false);
  if (task.error !== null) return say(errorText(task.error), true);
  if (task.status === "cancelled") return say("The task was cancelled.", true);
  return say(task.answer ?? "", false);
}

function workingText({ id }: Task, threadId: string): string {
  return (
    `[Baton: Codex is still working on this. Call codex-reply with threadId "${threadId}" and an empty prompt to ` +
    `wait for the answer; nothing is lost meanwhile. In a terminal: baton wait ${id}]`
  );
}

function errorText({ code, message, hint }: TaskError): string {
  return `ERROR ${code}: ${message}${hint === null ? "" : `\n${hint}`}`;
}

interface Said {
  readonly threadId: string;
  readonly content: string;
  readonly isError: boolean;
}

function result({ threadId, content, isError }: Said): CallToolResult {
  return {
    ...(isError ? { isError } : {}),
    content: [{ type: "text", text: content }],
    structuredContent: { threadId, content },
  };
}
