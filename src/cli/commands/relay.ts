import { randomUUID } from "node:crypto";
import path from "node:path";
import { callerFor } from "../../client/caller.ts";
import { BatonError } from "../../contracts/error.ts";
import type { TaskEvent } from "../../contracts/event.ts";
import { stepNameSchema, type Step } from "../../contracts/relay.ts";
import { sentenceOf } from "../../contracts/sentence.ts";
import type { CommandContext } from "../context.ts";
import { attachmentsOf, durationOption } from "../options.ts";
import { promptOf } from "./ask.ts";
import { seeThrough, type Beginning, type ShowOptions } from "./see-through.ts";

export interface RelayOptions extends ShowOptions {
  readonly file?: string;
  readonly context?: readonly string[];
  readonly attach?: readonly string[];
  readonly dir?: string;
  readonly resume?: string;
  readonly cwd?: string;
  readonly effort?: string;
  readonly timeout?: string;
}

/** `baton relay`: has steps done by agents, one after the other, over files; or goes on with a relay that was broken off. */
export async function relay(
  context: CommandContext,
  words: readonly string[],
  options: RelayOptions,
): Promise<number> {
  const { resume } = options;
  const start =
    resume === undefined ? await beginning(context, words, options) : resuming(context, words, options);
  const goOn: Beginning = {
    start,
    continuation: ({ id, status }) =>
      status === "completed" ? `baton show --artifact ${id}` : `baton relay --resume ${id}`,
    progress: progressOf,
  };
  return seeThrough(context, goOn, options);
}

async function beginning(
  context: CommandContext,
  words: readonly string[],
  options: RelayOptions,
): Promise<Beginning["start"]> {
  const { steps, prompt } = splitWords(words);
  const { config, cwd, env } = context;
  const request = {
    key: randomUUID(),
    caller: await callerFor(env, { cwd, config }),
    prompt: await promptOf(prompt, options),
    attachments: attachmentsOf(context, options.attach),
    cwd: options.cwd === undefined ? null : path.resolve(cwd, options.cwd),
    effort: options.effort ?? null,
    steps: [...steps],
    folder: options.dir ?? null,
    timeout_ms: durationOption("--timeout", options.timeout),
  };
  return async () => context.client.call("relay.start", request);
}

function resuming(
  context: CommandContext,
  words: readonly string[],
  { resume = "", timeout, dir, file }: RelayOptions,
): Beginning["start"] {
  if (words.length > 0 || dir !== undefined || file !== undefined) {
    throw new BatonError("invalid_argument", "--resume goes without steps, prompt and --dir", {
      hint: `A relay is resumed as it was asked for: baton relay --resume ${resume}`,
    });
  }
  const { config, cwd, env } = context;
  const timeout_ms = durationOption("--timeout", timeout);
  return async () => {
    const caller = await callerFor(env, { cwd, config });
    return context.client.call("relay.resume", { key: randomUUID(), caller, task: resume, timeout_ms });
  };
}

/** The steps come first, what follows them is the prompt. */
function splitWords(words: readonly string[]): {
  readonly steps: readonly Step[];
  readonly prompt: string | undefined;
} {
  const end = words.findIndex((word) => !/^[\w-]+:\S+$/.test(word));
  const [steps, rest] = end === -1 ? [words, []] : [words.slice(0, end), words.slice(end)];
  if (steps.length === 0) {
    throw new BatonError("invalid_argument", "a relay needs its steps before the prompt", {
      hint: 'Such as: baton relay plan:claude execute:codex review:claude "…"',
    });
  }
  const [prompt, ...more] = rest;
  if (more.length === 0) return { steps: steps.map(stepIn), prompt };
  throw new BatonError(
    "invalid_argument",
    `the prompt has to be one argument, and ${rest.length} follow the steps`,
    {
      hint: "Put it into quotation marks; a step is written as NAME:AGENT.",
    },
  );
}

/** @throws BatonError `invalid_argument` */
function stepIn(word: string): Step {
  const step = stepNameSchema.safeParse(word);
  if (step.success) return step.data;
  throw new BatonError("invalid_argument", `${JSON.stringify(word)} is no step: ${sentenceOf(step.error)}`);
}

/** What a person is told as it comes: which step has begun, and which is done. */
function progressOf(event: TaskEvent): string | null {
  if (event.type === "tool.started") return `${event.data.name} (${event.data.id}) has begun`;
  return event.type === "tool.finished" ? event.data.summary : null;
}
