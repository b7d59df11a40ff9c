import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { callerFor } from "../../client/caller.ts";
import { BatonError } from "../../contracts/error.ts";
import type { TaskEvent } from "../../contracts/event.ts";
import { startTaskSchema, type SessionChoice, type StartTask } from "../../contracts/rpc.ts";
import { isFinal, type Task } from "../../contracts/task.ts";
import { withoutControls } from "../../core/text.ts";
import { artifactLines, artifactTermsOf, type ArtifactOptions } from "../artifacts.ts";
import type { CommandContext } from "../context.ts";
import { createTextStream } from "../events.ts";
import { EXIT, exitCodeOf } from "../exit.ts";
import { createLiveLine, type LiveLine } from "../live.ts";
import { attachmentsOf, durationOption } from "../options.ts";
import { hasResult, note, noteOutcome, print, printJson, printTaskJson, styled } from "../output.ts";
import { readAllOfStdin, readPipedStdin } from "../stdin.ts";
import { utf8From } from "../utf8.ts";

type Opened = Extract<TaskEvent, { readonly type: "request.opened" }>["data"];

export interface AskOptions {
  readonly session?: string;
  readonly continue?: true;
  readonly reset?: true;
  readonly file?: string;
  readonly context?: readonly string[];
  readonly attach?: readonly string[];
  readonly cwd?: string;
  readonly model?: string;
  readonly effort?: string;
  readonly timeout?: string;
  readonly wait?: string;
  readonly background?: true;
  readonly stream?: true;
  readonly schema?: string;
  readonly json?: true;
}

/** `baton ask`: hands a read-only question to an agent, waits and prints the answer. */
export async function ask(
  context: CommandContext,
  agent: string,
  words: string | undefined,
  options: AskOptions,
): Promise<number> {
  const work = {
    agent,
    access: "read" as const,
    prompt: await promptOf(words, options),
    reads: [],
    writes: null,
  };
  return askOne(context, work, options);
}

export interface DelegateOptions extends AskOptions, ArtifactOptions {
  readonly access: "write" | "full";
}

/** `baton delegate`: hands work to an agent that may change files. */
export async function delegate(
  context: CommandContext,
  agent: string,
  words: string | undefined,
  options: DelegateOptions,
): Promise<number> {
  const { access } = options;
  const work = {
    agent,
    access,
    prompt: await promptOf(words, options),
    ...artifactTermsOf(context, options),
  };
  return askOne(context, work, options);
}

async function askOne(context: CommandContext, work: Work, options: AskOptions): Promise<number> {
  const { agent, access } = work;
  const request = { ...(await commonTermsOf(context, work.prompt, options)), ...work, approvals: null };
  const beginning = {
    start: async () => context.client.call("task.start", request),
    command: () => `${access === "read" ? "ask" : "delegate"} ${agent}`,
  };
  return seeThrough(context, beginning, options);
}

/** A task to be, and the command (without `baton`) that goes on in its session. */
export interface Beginning {
  readonly start: () => Promise<Task>;
  readonly command: (task: Task) => string;
}

/** Starts a task and shows what comes of it; gives the exit code. */
export async function seeThrough(
  context: CommandContext,
  { start, command }: Beginning,
  options: AskOptions,
): Promise<number> {
  const continuation = (task: Task) => `baton ${command(task)} --session ${task.session} "…"`;
  // Until the hub has answered there is a task that nobody knows the id of; an interruption waits that long.
  const interrupted = interruption();
  const task = await start();
  if (options.background === true) {
    if (options.json === true) printTaskJson(task);
    else print(task.id);
    return EXIT.ok;
  }
  const limit = durationOption("--wait", options.wait);
  const last = await follow(context, task, { options, limit, interrupted });
  if (last === "interrupted") {
    await context.client.call("task.cancel", { task: task.id });
    note(`baton: interrupted; task ${task.id} is cancelled. Continue with: ${continuation(task)}`);
    return EXIT.interrupted;
  }
  report(last, options, continuation(last));
  return exitCodeOf(last);
}

interface Work extends Pick<StartTask, "agent" | "access" | "prompt" | "reads" | "writes"> {}

/** What a task is asked with, whoever does it. */
export async function commonTermsOf(
  context: CommandContext,
  prompt: string,
  options: AskOptions,
): Promise<Omit<StartTask, "agent" | "access" | "approvals" | "reads" | "writes">> {
  const cwd = options.cwd === undefined ? null : path.resolve(context.cwd, options.cwd);
  const { config, env } = context;
  return {
    key: randomUUID(),
    caller: await callerFor(env, { cwd: context.cwd, config }),
    prompt,
    attachments: attachmentsOf(context, options.attach),
    session: sessionChoiceOf(options),
    cwd,
    model: options.model ?? null,
    effort: options.effort ?? null,
    schema: await schemaOf(options.schema),
    timeout_ms: durationOption("--timeout", options.timeout),
  };
}

/** The prompt as the command gives it: words, a file, stdin, and what is added to them. */
export async function promptOf(words: string | undefined, options: AskOptions): Promise<string> {
  if (words !== undefined && options.file !== undefined) {
    throw new BatonError("invalid_argument", "the prompt is given twice: as an argument and with --file");
  }
  const fromStdin = words === "-";
  const given = fromStdin ? await readAllOfStdin() : (words ?? (await fileOf(options.file)));
  const piped = fromStdin ? "" : await readPipedStdin();
  const files = await Promise.all((options.context ?? []).map(fileOf));
  const prompt = [given, ...files, piped].filter((part) => part.trim() !== "").join("\n\n");
  if (prompt !== "") return prompt;
  throw new BatonError("invalid_argument", "the prompt is empty", {
    hint: 'Give it as an argument, with --file, or on stdin: baton ask codex "why does the build fail?"',
  });
}

async function fileOf(file: string | undefined): Promise<string> {
  if (file === undefined) return "";
  try {
    return await utf8From(createReadStream(file), `the file ${file}`);
  } catch (error) {
    if (error instanceof BatonError) throw error;
    throw new BatonError("invalid_argument", `the file ${file} cannot be read: ${String(error)}`);
  }
}

async function schemaOf(file: string | undefined): Promise<StartTask["schema"]> {
  if (file === undefined) return null;
  const schema = startTaskSchema.shape.schema.safeParse(parsedJson(file, await fileOf(file))).data;
  if (schema !== undefined && schema !== null) return schema;
  throw new BatonError("invalid_argument", `the file ${file} holds no JSON Schema`, {
    hint: 'A schema is a JSON object such as {"type": "object", "properties": {…}}.',
  });
}

function parsedJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BatonError("invalid_argument", `the file ${file} is no JSON: ${String(error)}`);
  }
}

function sessionChoiceOf({ session, continue: latest, reset }: AskOptions): SessionChoice {
  if (latest === true && (session !== undefined || reset === true)) {
    throw new BatonError("invalid_argument", "--continue goes without --session and --reset", {
      hint: "--session names a conversation, --continue takes the last one with this agent here.",
    });
  }
  if (latest === true) return { kind: "latest" };
  if (reset === true) {
    if (session === undefined) throw new BatonError("invalid_argument", "--reset needs --session NAME");
    return { kind: "renew", name: session };
  }
  return session === undefined ? { kind: "new" } : { kind: "reference", reference: session };
}

interface FollowOptions {
  readonly options: AskOptions;
  readonly limit: number | null;
  readonly interrupted: Promise<"interrupted">;
}

/** Shows what happens until the task is final, the limit is over or the person interrupts. */
async function follow(
  { client }: CommandContext,
  task: Task,
  { options, limit, interrupted }: FollowOptions,
): Promise<Task | "interrupted"> {
  const quiet = new AbortController();
  const live = options.stream === true || options.json === true ? null : createLiveLine(task.agent);
  const write = createTextStream((text) => void process.stdout.write(text));
  const onEvent: Parameters<typeof client.call>[2] = {
    signal: quiet.signal,
    onEvent: (event) => {
      live?.show(event);
      if (event.type === "request.opened" && options.json !== true) noteRequest(event.data, live);
      if (options.stream !== true) return;
      if (options.json === true) printJson(event);
      else write(event);
    },
  };
  // Events are for the eyes; the wait beside them decides.
  const events = client
    .call("task.events", { task: task.id, after: 0, follow: true }, onEvent)
    .catch(() => undefined);
  const wait = { tasks: [task.id], mode: "all" as const, limit_ms: limit };
  const waited = client.call("task.wait", wait, { signal: quiet.signal });
  waited.catch(() => undefined);
  const ended = await Promise.race([waited, interrupted]).finally(() => live?.clear());
  if (ended === "interrupted") {
    quiet.abort();
    return ended;
  }
  if (ended.done) await events;
  else quiet.abort();
  return ended.items[0] ?? task;
}

/** Whoever waits may be the one who can answer, in another terminal. */
function noteRequest({ id, kind, summary, options }: Opened, live: LiveLine | null): void {
  live?.pause();
  note(`baton: ${withoutControls(`the agent asks (${kind}): ${summary}`)}`);
  const commands = options.includes("approve")
    ? `baton approve ${id}    baton deny ${id}`
    : `baton answer ${id} "…"`;
  note(`       ${commands}    (baton requests shows the whole of it)`);
}

function report(task: Task, { stream, json }: AskOptions, continuation: string): void {
  if (json === true) {
    if (stream !== true) printTaskJson(task);
    return;
  }
  if (stream !== true && hasResult(task)) print(withoutControls(task.answer ?? ""));
  noteOutcome(task);
  for (const { kind, path: file } of task.changes) note(withoutControls(`${kind.padEnd(6)} ${file}`));
  for (const line of task.artifact === null ? [] : artifactLines(task.id, task.artifact))
    note(withoutControls(line));
  for (const warning of task.warnings) note(withoutControls(`warning: ${warning}`));
  if (isFinal(task.status) && process.stderr.isTTY) {
    note(styled("dim", `${task.id} · continue with: ${continuation}`, process.stderr));
  }
}

/** Resolves when the person or the system asks this command to end. A second time ends it at once. */
async function interruption(): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(EXIT.interrupted));
        resolve("interrupted");
      });
    }
  });
}
