import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { SessionChoice } from "../../contracts/rpc.ts";
import { BatonError } from "../../contracts/error.ts";
import { taskResult } from "../result.ts";
import { defineTool } from "../tool.ts";
import { cancelIfInterrupted, waitWithProgress } from "../waiting.ts";
import { standingOf } from "../workspace.ts";

const schema = z.strictObject({
  agent: z.string().describe("Which agent to ask: `claude` (Claude Code) or `codex` (Codex CLI)."),
  prompt: z
    .string()
    .min(1)
    .describe("The question, with everything the agent has to know; it can read the files."),
  context: z.string().optional().describe("More text for the agent, such as a diff or an error message."),
  session: z
    .string()
    .min(1)
    .optional()
    .describe("Continue this conversation: a session id, the agent's own id, or a name that you choose."),
  reset: z.boolean().optional().describe("Give the session name to a new conversation."),
  cwd: z.string().optional().describe("The directory to work in; by default your own workspace."),
  model: z.string().optional().describe("The agent's model; leave it out for the agent's own default."),
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
});

export const askAgent = defineTool({
  name: "ask_agent",
  title: "Ask another coding agent",
  description:
    "Ask another coding agent on this machine (Claude Code or Codex CLI) a question about the code and get its " +
    "answer: a second opinion, a code review, an explanation, a plan. The agent can read the repository but changes " +
    "nothing. The result has a session id: pass it as `session` to ask a follow-up in the same conversation. Long " +
    "questions return as `working`; wait_tasks gets the answer.",
  searchHint: "ask another coding agent codex claude second opinion review consult delegate",
  annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: true },
  schema,
  run: async (frontEnd, args, call) => {
    const standing = await standingOf(frontEnd, call, args.cwd);
    const task = await frontEnd.client.call("task.start", {
      key: randomUUID(),
      caller: await frontEnd.callerFor(args.agent, standing),
      agent: args.agent,
      prompt: [args.prompt, args.context ?? ""].filter((part) => part !== "").join("\n\n"),
      session: sessionChoiceOf(args),
      cwd: args.cwd === undefined ? null : standing.cwd,
      model: args.model ?? null,
      effort: args.effort ?? null,
      access: "read",
      approvals: "decline",
      schema: args.schema ?? null,
      timeout_ms: null,
    });
    if (args.background === true) return taskResult(task);
    try {
      const request = { tasks: [task.id], mode: "all", waitSeconds: args.wait_seconds ?? null } as const;
      const [waited] = await waitWithProgress(frontEnd, call, request);
      return taskResult(waited ?? task);
    } finally {
      await cancelIfInterrupted(frontEnd, call, task.id);
    }
  },
});

function sessionChoiceOf({ session, reset }: z.infer<typeof schema>): SessionChoice {
  if (session === undefined) {
    if (reset !== true) return { kind: "new" };
    throw new BatonError("invalid_argument", "reset needs the name of a session");
  }
  return reset === true ? { kind: "renew", name: session } : { kind: "reference", reference: session };
}
