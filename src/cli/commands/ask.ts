import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { callerFor } from "../../client/caller.ts";
import { BatonError } from "../../contracts/error.ts";
import { startTaskSchema, type Isolation, type SessionChoice, type StartTask } from "../../contracts/rpc.ts";
import { artifactTermsOf, type ArtifactOptions } from "../artifacts.ts";
import type { CommandContext } from "../context.ts";
import { attachmentsOf, durationOption } from "../options.ts";
import { readAllOfStdin, readPipedStdin } from "../stdin.ts";
import { utf8From } from "../utf8.ts";
import { inSession, seeThrough, type ShowOptions } from "./see-through.ts";

export interface AskOptions extends ShowOptions {
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
  readonly schema?: string;
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
    isolation: { kind: "shared" as const },
    prompt: await promptOf(words, options),
    reads: [],
    writes: null,
  };
  return askOne(context, work, options);
}

export interface DelegateOptions extends AskOptions, ArtifactOptions {
  readonly access: "write" | "full";
  readonly isolation: "shared" | "worktree";
  readonly withChanges?: true;
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
    isolation: isolationOf(options),
    prompt: await promptOf(words, options),
    ...artifactTermsOf(context, options),
  };
  return askOne(context, work, options);
}

function isolationOf({ isolation, withChanges }: DelegateOptions): Isolation {
  if (isolation === "worktree") {
    return { kind: "worktree", uncommitted: withChanges === true ? "taken" : "left" };
  }
  if (withChanges !== true) return { kind: "shared" };
  throw new BatonError("invalid_argument", "--with-changes goes with --isolation worktree", {
    hint: "In the directory itself the agent sees your changes anyway.",
  });
}

/** Asks one agent, and follows its task as the options say; gives the exit code. */
export async function askOne(context: CommandContext, work: Work, options: AskOptions): Promise<number> {
  const { agent, access } = work;
  const request = { ...(await commonTermsOf(context, work.prompt, options)), ...work, approvals: null };
  const beginning = {
    start: async () => context.client.call("task.start", request),
    continuation: inSession(() => `${access === "read" ? "ask" : "delegate"} ${agent}`),
  };
  return seeThrough(context, beginning, options);
}

interface Work extends Pick<StartTask, "agent" | "access" | "isolation" | "prompt" | "reads" | "writes"> {}

/** What a task is asked with, whoever does it. */
export async function commonTermsOf(
  context: CommandContext,
  prompt: string,
  options: AskOptions,
): Promise<Omit<StartTask, "agent" | "access" | "isolation" | "approvals" | "reads" | "writes">> {
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

/**
 * The prompt as the command gives it: words, a file, stdin, and what is added to them.
 * @throws BatonError `invalid_argument` when there is none
 */
export async function promptOf(words: string | undefined, options: AskOptions): Promise<string> {
  const prompt = await gatherPrompt(words, options);
  if (prompt !== "") return prompt;
  throw new BatonError("invalid_argument", "the prompt is empty", {
    hint: 'Give it as an argument, with --file, or on stdin: baton ask codex "why does the build fail?"',
  });
}

/** The same, empty where there is none. */
export async function gatherPrompt(
  words: string | undefined,
  options: Pick<AskOptions, "file" | "context">,
): Promise<string> {
  if (words !== undefined && options.file !== undefined) {
    throw new BatonError("invalid_argument", "the prompt is given twice: as an argument and with --file");
  }
  const fromStdin = words === "-";
  const given = fromStdin ? await readAllOfStdin() : (words ?? (await fileOf(options.file)));
  const piped = fromStdin ? "" : await readPipedStdin();
  const files = await Promise.all((options.context ?? []).map(fileOf));
  return [given, ...files, piped].filter((part) => part.trim() !== "").join("\n\n");
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
