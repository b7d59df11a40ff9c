import { randomUUID } from "node:crypto";

import type { AgentModel } from "../../contracts/agent.ts";
import { BatonError } from "../../contracts/error.ts";
import { startJsonChild, type ChildExit, type ChildObserver } from "../../process/child.ts";
import { limit } from "../../process/limit.ts";
import type { Line } from "../../process/json-lines.ts";
import type { JsonSchema } from "../driver.ts";
import { refusal } from "./answers.ts";
import { openFailure } from "./failure.ts";
import { MARK_VARIABLE } from "../../process/marked.ts";
import { watchTree, type TreeWatch } from "../../process/tree-watch.ts";
import { modelsIn } from "./models.ts";
import {
  initializedSchema,
  readControlLine,
  type Account,
  type ControlLine,
  type ControlRequest,
} from "./wire.ts";

/** How long Claude Code may take to say that it is ready: it waits for slow MCP servers (30 s in 2.1.330). */
const READY_LIMIT_MS = 90_000;
/** How long it may take to end by itself once its stdin is closed. */
const FINISH_LIMIT_MS = 2_000;

export interface ClaudeProcess {
  readonly account: Account;
  /** The models that it says it knows. */
  readonly models: readonly AgentModel[];
  readonly pid: number | null;
  readonly tree: TreeWatch | null;
  /** Resolves when it has ended and nothing that it started is left. */
  readonly gone: Promise<ChildExit>;
  /** Resolves when it has ended. */
  readonly exited: Promise<ChildExit>;
  isAlive(): boolean;
  stderr(): string;
  /** Hears the lines from now on; null hears none. */
  listen(onLine: ((line: Line) => void) | null): void;
  /** Asks this from now on what to answer to its requests; null answers each with a no. */
  answerWith(decide: Decide | null): void;
  send(message: unknown): void;
  /** Asks for something beside the conversation; resolves with the answer, with null on a refusal or when it is gone. */
  control(request: OwnRequest): Promise<unknown>;
  /** Closes stdin and waits a little, since it ends by itself; then ends it. */
  finish(): Promise<void>;
  /** Ends it at once, whatever it does. */
  stop(): Promise<void>;
}

/** The line that answers a request; null for none, as it was withdrawn. Never rejects. */
export type Decide = (request: ControlRequest) => Promise<unknown>;

interface OwnRequest {
  readonly subtype: string;
  readonly [option: string]: unknown;
}

export interface ProcessRequest {
  readonly observer: ChildObserver;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A JSON Schema for every answer; over stdin, as it has no place in an argument list. */
  readonly schema: JsonSchema | null;
  /** What is added to the system prompt. */
  readonly briefing: string | null;
}

/**
 * Starts Claude Code and waits until it takes prompts, which costs no call of a model. An unknown conversation, a missing
 * program, a flag that is not known all end it before that (2.1.330).
 * @throws BatonError as `openFailure` says, and `agent_unavailable` when it does not answer.
 */
export async function startClaude(request: ProcessRequest): Promise<ClaudeProcess> {
  const waiting = new Map<string, (answer: ControlLine | null) => void>();
  let onLine: ((line: Line) => void) | null = null;
  let onRequest: Decide | null = null;
  let ended: ChildExit | null = null;

  const mark = randomUUID();
  const child = startJsonChild({
    observer: request.observer,
    argv: request.argv,
    cwd: request.cwd,
    env: { ...request.env, [MARK_VARIABLE]: mark },
    onLine: (line) => {
      const control = line.kind === "json" ? readControlLine(line.value) : null;
      if (control === null) onLine?.(line);
      else if (control.type === "control_request") void decide(control);
      else waiting.get(control.response.request_id)?.(control);
    },
  });
  const tree = child.pid === null ? null : watchTree(child.pid, mark);
  const exited = child.exited.then((exit) => {
    ended = exit;
    for (const answer of waiting.values()) answer(null);
    return exit;
  });
  const gone = exited.then(async (exit) => {
    await tree?.endRest();
    return exit;
  });

  async function decide(control: ControlRequest): Promise<void> {
    const answer = onRequest === null ? refusal(control) : await onRequest(control);
    if (answer !== null && ended === null) child.send(answer);
  }

  const ask = (asked: OwnRequest) => {
    const request_id = randomUUID();
    const answered = new Promise<ControlLine | null>((resolve) => {
      if (ended !== null) resolve(null);
      waiting.set(request_id, resolve);
    });
    child.send({ type: "control_request", request_id, request: asked });
    return answered.finally(() => waiting.delete(request_id));
  };

  const claude: Omit<ClaudeProcess, "account" | "models"> = {
    pid: child.pid,
    tree,
    gone,
    exited,
    isAlive: () => ended === null,
    stderr: () => child.stderr(),
    listen: (listener) => {
      onLine = listener;
    },
    answerWith: (decider) => {
      onRequest = decider;
    },
    send: (message) => child.send(message),
    control: async (asked) => {
      const answer = await ask(asked);
      return answer !== null && isSuccess(answer) ? (answer.response.response ?? {}) : null;
    },
    finish: async () => {
      await tree?.look();
      child.endInput();
      await Promise.race([exited, limit(FINISH_LIMIT_MS)]);
      await claude.stop();
    },
    stop: async () => {
      await child.stop();
      await gone;
    },
  };

  const ready = await Promise.race([ask(initialize(request)), limit(READY_LIMIT_MS)]);
  if (ready === null) throw openFailure(await gone, child.stderr());
  if (ready === undefined || !isSuccess(ready)) {
    await claude.stop();
    const message = "This Claude Code does not answer as Baton expects: it is too old, or too new.";
    throw new BatonError("agent_unavailable", message, { hint: "Update Claude Code and Baton." });
  }
  const said = initializedSchema.safeParse(ready.response.response).data;
  return { ...claude, account: said?.account ?? {}, models: said === undefined ? [] : modelsIn(said) };
}

function initialize({ schema, briefing }: ProcessRequest): OwnRequest {
  return {
    subtype: "initialize",
    // The prompt is not recorded: else a resumed conversation keeps the briefing of its first task, the person's too.
    systemPromptSnapshot: false,
    ...(schema === null ? {} : { jsonSchema: schema }),
    ...(briefing === null ? {} : { appendSystemPrompt: briefing }),
  };
}

interface Success {
  readonly type: "control_response";
  readonly response: { readonly subtype: "success"; readonly response?: unknown };
}

function isSuccess(line: ControlLine): line is ControlLine & Success {
  return line.type === "control_response" && line.response.subtype === "success";
}
