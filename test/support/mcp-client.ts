import { spawn } from "node:child_process";
import { once } from "node:events";

import { createLineReader } from "../../src/process/json-lines.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { BATON } from "./command.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What a tool call gave. */
export interface ToolResult {
  readonly structuredContent: Record<string, unknown>;
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly isError?: boolean;
}

export interface McpOptions {
  readonly client?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

/** An MCP client that can be made to do what the real ones do only after minutes: give up, go away, send anything. */
export interface McpClient {
  /** What the server says of itself in the handshake. */
  readonly instructions: string;
  readonly notifications: readonly Message[];
  request(method: string, params?: unknown): { readonly id: number; readonly answer: Promise<Message> };
  notify(method: string, params?: unknown): void;
  /** Answers a request of the server, which comes as a notification with an id. */
  respond(id: number | undefined, result: unknown): void;
  call(name: string, args: unknown): Promise<ToolResult>;
  /** The next notification, past or future, that is accepted. */
  notification(accepts: (message: Message) => boolean): Promise<Message>;
  kill(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

export async function connectMcp(sandbox: Sandbox, options: McpOptions = {}): Promise<McpClient> {
  const {
    client = "test",
    args = [],
    cwd = sandbox.workspace,
    env = {},
    meta = {},
    capabilities = {},
  } = options;
  const child = spawn(process.execPath, [BATON, "mcp", ...args], {
    cwd,
    env: { ...sandbox.env, ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const pending = new Map<number, (message: Message) => void>();
  const notifications: Message[] = [];
  const watchers = new Set<() => void>();
  const send = (message: unknown) => void child.stdin.write(`${JSON.stringify(message)}\n`);
  child.stdin.on("error", () => undefined);
  const reader = createLineReader((line) => {
    if (line.kind !== "json") throw new Error(`baton mcp wrote no JSON: ${JSON.stringify(line)}`);
    const message = line.value as Message;
    if (message.id !== undefined && message.method === undefined) {
      pending.get(message.id)?.(message);
      return;
    }
    notifications.push(message);
    for (const look of watchers) look();
  });
  child.stdout.on("data", (chunk: Buffer) => reader.write(chunk));
  const exited = once(child, "exit");
  let nextId = 1;

  const connection: Omit<McpClient, "instructions"> = {
    notifications,
    request: (method, params) => {
      const id = nextId++;
      const answer = new Promise<Message>((resolve) => pending.set(id, resolve));
      send({ jsonrpc: "2.0", id, method, params });
      return { id, answer };
    },
    notify: (method, params) => send({ jsonrpc: "2.0", method, params }),
    respond: (id, result) => send({ jsonrpc: "2.0", id, result }),
    call: async (name, toolArgs) => {
      const _meta = { progressToken: nextId, ...meta };
      const { answer } = connection.request("tools/call", { name, arguments: toolArgs, _meta });
      const { result, error } = await answer;
      if (result === undefined) throw new Error(`${name}: ${JSON.stringify(error)}`);
      return result as unknown as ToolResult;
    },
    notification: async (accepts) => {
      for (;;) {
        const found = notifications.find(accepts);
        if (found !== undefined) return found;
        const next = Promise.withResolvers<void>();
        watchers.add(next.resolve);
        await next.promise;
        watchers.delete(next.resolve);
      }
    },
    kill: (signal) => void child.kill(signal),
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
  const clientInfo = { name: client, version: "1" };
  const opening = { protocolVersion: "2025-06-18", capabilities, clientInfo };
  const { result } = await connection.request("initialize", opening).answer;
  connection.notify("notifications/initialized");
  return { ...connection, instructions: String(result?.["instructions"]) };
}
