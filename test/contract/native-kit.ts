import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { createRpcPeer } from "../../src/agents/codex/rpc.ts";
import type { NativeFile } from "../../src/agents/transcripts/native.ts";
import type { TranscriptItem } from "../../src/core/transcript.ts";
import { createLineReader } from "../../src/process/json-lines.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { readAll, readerOf } from "../support/native-files.ts";

/** A prompt that has the offline model take these steps. */
export function scripted(words: string, ...steps: readonly unknown[]): string {
  return `${words} SCRIPT ${JSON.stringify(steps)}`;
}

/** What was found of an agent in a sandbox, by the ids that the files say. */
export async function conversationsOf(
  sandbox: Sandbox,
  agent: string,
): Promise<ReadonlyMap<string, NativeFile>> {
  const { files } = await readerOf(agent).find(sandbox.env);
  const named = files.map(async (file) => {
    const { session } = await readerOf(agent).read(file);
    return [session.native_id, file] as const;
  });
  return new Map(await Promise.all(named));
}

/** The conversation with this id. */
export async function conversation(sandbox: Sandbox, agent: string, id: string): Promise<NativeFile> {
  const found = (await conversationsOf(sandbox, agent)).get(id);
  if (found === undefined) throw new Error(`${agent} has no conversation ${id}`);
  return found;
}

/** What makes an item the same one when less of the file is there: a result may be missing still. */
function keyOf(item: TranscriptItem): string {
  switch (item.kind) {
    case "tool":
      return `tool ${item.id}`;
    case "plan":
      return "";
    case "edit":
      return `edit ${item.path} ${item.tool}`;
    case "user":
    case "assistant":
    case "condensed":
      return `${item.kind} ${item.text.text}`;
  }
}

/** However a file is cut, it is read, and gives nothing that the whole does not, nor in another order. */
export async function expectPrefixes(file: NativeFile): Promise<void> {
  const before = readFileSync(file.file);
  const keys = async () => {
    const { items } = await readAll(file);
    // A plan stands in the place of the tool use that made it, once that has succeeded.
    return items.filter(({ kind }) => kind !== "plan").map(keyOf);
  };
  const plans = new Set(
    (await readAll(file)).items.flatMap((item) => (item.kind === "plan" ? [item.at] : [])),
  );
  const whole = await keys();
  const isPlan = (item: TranscriptItem) => item.kind === "tool" && plans.has(item.at);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: before.length }), async (bytes) => {
      truncateSync(file.file, bytes);
      const { items } = await readAll(file);
      const cut = items.filter((item) => item.kind !== "plan" && !isPlan(item)).map(keyOf);
      expect(isWithin(cut, whole), `cut at ${bytes}: ${JSON.stringify(cut)}`).toBe(true);
      writeFileSync(file.file, before);
    }),
    { numRuns: 30, examples: [[0], [1], [before.length - 1], [before.length]] },
  );
}

/** Whether these come in the other list, in their order. */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  return some.every((one) => {
    at = all.indexOf(one, at) + 1;
    return at > 0;
  });
}

/** A `codex app-server` of the person's own, as their IDE would have it. */
export async function ownAppServer(sandbox: Sandbox) {
  const child = spawn(sandbox.clis.codex, ["app-server"], {
    cwd: sandbox.workspace,
    env: sandbox.env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(child, "close");
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const endOf = (turn: string) => {
    const end = ends.get(turn) ?? Promise.withResolvers<void>();
    ends.set(turn, end);
    return end;
  };
  let anyEnd = Promise.withResolvers<void>();
  const peer = createRpcPeer({
    send: (message) => child.stdin.write(`${JSON.stringify(message)}\n`),
    onNotification: ({ method, params }) => {
      if (method !== "turn/completed") return;
      endOf(turnSchema.parse(params).turn.id).resolve();
      anyEnd.resolve();
      anyEnd = Promise.withResolvers<void>();
    },
    answer: async () => ({ error: { code: -32601, message: "no" } }),
  });
  const lines = createLineReader((line) => {
    if (line.kind === "json") peer.receive(line.value);
  });
  child.stdout.on("data", (chunk: Buffer) => lines.write(chunk));
  const call = async (method: string, params: unknown) => peer.request(method, params, z.unknown());
  await call("initialize", {
    clientInfo: { name: "test", title: "Test", version: "0" },
    capabilities: { experimentalApi: true, requestAttestation: false },
  });
  peer.notify("initialized");
  return {
    call,
    begin: async () => {
      const options = { cwd: sandbox.workspace, approvalPolicy: "never", sandbox: "read-only" };
      return startedSchema.parse(await call("thread/start", options)).thread.id;
    },
    /** Gives the turn's id once it has ended. */
    turn: async (threadId: string, text: string) => {
      const input = [{ type: "text", text, text_elements: [] }];
      const { id } = turnSchema.parse(await call("turn/start", { threadId, input })).turn;
      await endOf(id).promise;
      return id;
    },
    /** A turn of Codex's own, whose id is not told beforehand. */
    compact: async (threadId: string) => {
      const { promise } = anyEnd;
      await call("thread/compact/start", { threadId });
      await promise;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

const turnSchema = z.looseObject({ turn: z.looseObject({ id: z.string() }) });
const startedSchema = z.looseObject({ thread: z.looseObject({ id: z.string() }) });
