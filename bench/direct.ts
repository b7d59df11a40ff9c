import { randomUUID } from "node:crypto";

import { NO_OBSERVER, startJsonChild } from "../src/process/child.ts";
import type { Sandbox } from "../testkit/sandbox.ts";

/** An agent spoken to without Baton, by the least that its own protocol asks for. */
export interface Direct {
  turn(prompt: string): Promise<void>;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly type?: string;
  readonly result?: { readonly thread?: { readonly id: string } };
  readonly params?: { readonly threadId?: string };
}

/** `codex app-server`; gives a way to start threads in it. */
export async function directCodex(sandbox: Sandbox) {
  const answers = new Map<number, (message: Message) => void>();
  const completed = new Map<string, () => void>();
  let nextId = 1;
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [sandbox.clis.codex, "app-server"],
    cwd: sandbox.workspace,
    env: sandbox.env,
    onLine: (line) => {
      if (line.kind !== "json") return;
      const message = line.value as Message;
      if (message.id !== undefined) answers.get(message.id)?.(message);
      else if (message.method === "turn/completed") completed.get(message.params?.threadId ?? "")?.();
    },
  });
  const request = (method: string, params: unknown) => {
    const id = nextId++;
    const answer = new Promise<Message>((resolve) => answers.set(id, resolve));
    child.send({ id, method, params });
    return answer;
  };
  await request("initialize", { clientInfo: { name: "bench", title: "bench", version: "0" } });
  child.send({ method: "initialized" });

  const startThread = async (): Promise<Direct> => {
    const started = await request("thread/start", {
      cwd: sandbox.workspace,
      approvalPolicy: "never",
      sandbox: "read-only",
    });
    const threadId = started.result?.thread?.id ?? "";
    return {
      turn: async (text) => {
        const done = new Promise<void>((resolve) => completed.set(threadId, resolve));
        await request("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
        await done;
      },
      stop: () => child.stop(),
    };
  };
  return { startThread, stop: () => child.stop() };
}

/** One `claude -p` that takes prompts on stdin. */
export function directClaude(sandbox: Sandbox, sessionId: string = randomUUID()): Direct {
  let onResult: () => void = () => undefined;
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [
      sandbox.clis.claude,
      "-p",
      "--input-format=stream-json",
      "--output-format=stream-json",
      "--verbose",
      "--include-partial-messages",
      `--session-id=${sessionId}`,
    ],
    cwd: sandbox.workspace,
    env: sandbox.env,
    onLine: (line) => {
      if (line.kind === "json" && (line.value as Message).type === "result") onResult();
    },
  });
  return {
    turn: async (text) => {
      const done = new Promise<void>((resolve) => {
        onResult = resolve;
      });
      child.send({
        type: "user",
        message: { role: "user", content: [{ type: "text", text }] },
        parent_tool_use_id: null,
        session_id: "",
      });
      await done;
    },
    stop: () => child.stop(),
  };
}
