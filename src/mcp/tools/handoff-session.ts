import { z } from "zod";
import { contextFieldsSchema } from "../../contracts/context.ts";
import { HANDOFF_MODES } from "../../contracts/handoff.ts";
import { handoffResult } from "../result.ts";
import { defineTool } from "../tool.ts";
import { standingOf } from "../workspace.ts";
import { startAndWait, startShape } from "./start.ts";

const { agent: _agent, prompt: _prompt, session: _session, reset: _reset, ...taskShape } = startShape;

export const handoffSession = defineTool({
  name: "handoff_session",
  title: "Hand a conversation on to another agent",
  description:
    "Hand a conversation on to another coding agent: the whole history becomes a session of its own, or a summary of it. " +
    "From any conversation in this repository, yours too, whether or not Baton has begun it. With a prompt the other " +
    "agent goes on at once; without one you get the command with which a person goes on.",
  searchHint:
    "handoff hand over continue conversation history in another coding agent codex claude gemini usage limit",
  annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
  schema: z.strictObject({
    from_agent: z.string().describe("Whose conversation: `claude`, `codex` or `gemini`."),
    from_session: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Its id (the agent's own or ours) or name; leave it out for the newest one in this directory.",
      ),
    agent: z.string().describe("Who goes on: `claude`, `codex` or `gemini`."),
    mode: z
      .enum(HANDOFF_MODES)
      .optional()
      .describe(
        "`history`: all of it, `summary`: what it comes to, `artifact`: a file with that, and a file as the result; by " +
          "default history where the agent takes it.",
      ),
    budget: z.int().positive().optional().describe("The most that it may take, in tokens."),
    fields: contextFieldsSchema
      .optional()
      .describe("For a summary: what you say yourself (task, files, open_issues, next_step)."),
    prompt: z.string().min(1).optional().describe("What to do next; without it nothing runs."),
    access: z
      .enum(["read", "write", "full"])
      .optional()
      .describe("`write` (default), `read`, or `full` where the user's config allows it."),
    ...taskShape,
  }),
  run: async (frontEnd, args, call) => {
    const { from_agent, from_session, mode, budget, fields, prompt, access = "write", ...task } = args;
    const standing = await standingOf(frontEnd, call, args.cwd);
    const handoff = await frontEnd.client.call("handoff.prepare", {
      caller: await frontEnd.callerAt(standing),
      from: { agent: from_agent, session: from_session === "latest" ? null : (from_session ?? null) },
      to: args.agent,
      mode: mode ?? null,
      budget: budget ?? null,
      summary_by: "baton",
      fields: fields ?? null,
      cwd: standing.asked,
      access: prompt === undefined ? null : access,
    });
    if (prompt === undefined) return handoffResult(handoff);
    const { files } = handoff;
    const terms = {
      access,
      isolation: { kind: "shared" },
      reads: files === null ? [] : [files.reads],
      writes:
        files === null ? null : { path: files.writes, sections: null, by: "agent" as const, since: null },
    } as const;
    return startAndWait(frontEnd, call, { ...task, prompt, session: handoff.session }, terms);
  },
});
