import { randomUUID } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { MAX_ATTACHMENTS } from "../../contracts/attachment.ts";
import { contextFieldsSchema } from "../../contracts/context.ts";
import type { SessionChoice, StartTask } from "../../contracts/rpc.ts";
import { BatonError } from "../../contracts/error.ts";
import type { Task } from "../../contracts/task.ts";
import { contextOfFields } from "../../core/context/fields.ts";
import type { Call } from "../call.ts";
import type { FrontEnd } from "../front-end.ts";
import { taskResult } from "../result.ts";
import { waitForOne } from "../waiting.ts";
import { standingOf } from "../workspace.ts";

/** The arguments of every tool that starts a task, whoever is asked. */
export const commonShape = {
  prompt: z
    .string()
    .min(1)
    .describe("What to do, with everything the agent has to know; it can read the files."),
  context: z
    .union([z.string(), contextFieldsSchema])
    .optional()
    .describe(
      "More for the agent: a text, such as a diff or an error message, which it gets whole; or what you know of the work, by field, which it gets as a record of at most about 2,000 tokens with secrets redacted.",
    ),
  attachments: z
    .array(z.string().min(1))
    .max(MAX_ATTACHMENTS)
    .optional()
    .describe("Paths of files in your workspace to give to the agent; images are shown to it as images."),
  session: z
    .string()
    .min(1)
    .optional()
    .describe("Continue this conversation: a session id, the agent's own id, or a name that you choose."),
  reset: z.boolean().optional().describe("Give the session name to a new conversation."),
  cwd: z.string().optional().describe("The directory to work in; by default your own workspace."),
  model: z
    .string()
    .optional()
    .describe(
      "The agent's model; leave it out for the agent's own default. An unknown one is refused with a list.",
    ),
  effort: z.string().optional().describe("The agent's reasoning effort; leave it out for its own default."),
  schema: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("A JSON Schema that the answer has to follow."),
  background: z.boolean().optional().describe("Return at once; wait_tasks gets the answer later."),
  wait_seconds: z
    .number()
    .positive()
    .optional()
    .describe("Return after at most this long; the task goes on."),
};

/** The arguments of the tools that ask one agent. */
export const startShape = {
  agent: z
    .string()
    .describe(
      "Which agent: `claude` (Claude Code), `codex` (Codex CLI), or one that the user's Baton config names.",
    ),
  ...commonShape,
};
type CommonArguments = z.infer<z.ZodObject<typeof commonShape>>;
type StartArguments = z.infer<z.ZodObject<typeof startShape>>;

/** What is done, beside the words. */
interface Work extends Pick<StartTask, "access" | "isolation" | "writes"> {
  /** Paths from where the caller stands. */
  readonly reads: readonly string[];
}

/** Starts a task and waits for it, as long as the client does. */
export async function startAndWait(
  frontEnd: FrontEnd,
  call: Call,
  args: StartArguments,
  { access, isolation, reads, writes }: Work,
): Promise<CallToolResult> {
  const { base, ...common } = await commonTermsOf(frontEnd, call, args);
  const task = await frontEnd.client.call("task.start", {
    ...common,
    agent: args.agent,
    access,
    isolation,
    reads: reads.map((file) => path.resolve(base, file)),
    writes,
    approvals: null,
    timeout_ms: null,
  });
  return resultOf(frontEnd, call, task, args);
}

/** What all tools that start a task say of it. */
export async function commonTermsOf(frontEnd: FrontEnd, call: Call, args: CommonArguments) {
  const standing = await standingOf(frontEnd, call, args.cwd);
  const base = standing.asked ?? standing.cwd;
  return {
    /** Where the caller stands: what it names is relative to this. */
    base,
    key: randomUUID(),
    caller: await frontEnd.callerAt(standing),
    prompt: [args.prompt, contextOf(args)].filter((part) => part !== "").join("\n\n"),
    attachments: (args.attachments ?? []).map((file) => path.resolve(base, file)),
    session: sessionChoiceOf(args),
    cwd: standing.asked,
    model: args.model ?? null,
    effort: args.effort ?? null,
    schema: args.schema ?? null,
  };
}

/** The task that was started, once it is final or the client waits no longer. */
export async function resultOf(
  frontEnd: FrontEnd,
  call: Call,
  task: Task,
  { background, wait_seconds }: CommonArguments,
): Promise<CallToolResult> {
  if (background === true) return taskResult(task);
  return waitForOne(frontEnd, call, { task, waitSeconds: wait_seconds ?? null });
}

function contextOf({ context = "" }: CommonArguments): string {
  return typeof context === "string" ? context : contextOfFields(context);
}

function sessionChoiceOf({ session, reset }: CommonArguments): SessionChoice {
  if (session === undefined) {
    if (reset !== true) return { kind: "new" };
    throw new BatonError("invalid_argument", "reset needs the name of a session");
  }
  return reset === true ? { kind: "renew", name: session } : { kind: "reference", reference: session };
}
