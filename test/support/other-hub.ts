import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";

import { createLineReader } from "../../src/process/json-lines.ts";

export interface OtherHubOptions {
  readonly home: string;
  readonly protocol: number;
  /** How many tasks it says are running. */
  readonly running: number;
}

/** A hub of another protocol: knows nothing but the three methods that every hub keeps. */
export async function startOtherHub({ home, protocol, running }: OtherHubOptions) {
  const token = randomBytes(8).toString("hex");
  const asked: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    hello: { protocol, version: "9.9.9", pid: process.pid, later: true },
    "hub.stop": { stopped: running === 0, cancelled: 0 },
    "hub.status": {
      running: true,
      pid: null,
      version: "9.9.9",
      started_at: null,
      socket: null,
      http_url: null,
      token_file: null,
      running_tasks: running,
      queued_tasks: 0,
      sessions: 0,
      later: true,
    },
  };
  const error = { code: "invalid_argument", message: "unknown", hint: null, retryable: false };
  const server = createServer((socket) => {
    const reader = createLineReader((line) => {
      const { id, method } = (line.kind === "json" ? line.value : {}) as { id: number; method: string };
      asked.push(method);
      const result = answers[method];
      socket.write(`${JSON.stringify(result === undefined ? { id, error } : { id, result })}\n`);
      if (method === "hub.stop" && running === 0) server.close();
    });
    socket.on("data", (chunk: Buffer) => reader.write(chunk));
    socket.on("error", () => undefined);
  });
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(path.join(home, "token"), token, { mode: 0o600 });
  const file = path.join(home, "hub.sock");
  await rm(file, { force: true });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  return { asked, close: () => server.close() };
}
