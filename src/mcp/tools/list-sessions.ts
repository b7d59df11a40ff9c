import { z } from "zod";
import { nativeSessionsResult, sessionsResult } from "../result.ts";
import { defineTool } from "../tool.ts";
import { standingOf } from "../workspace.ts";

const LISTED = 20;

export const listSessions = defineTool({
  name: "list_sessions",
  title: "List conversations with other agents",
  description:
    "List the conversations with other coding agents in this repository, the last used first, to continue one of " +
    "them with ask_agent. With native: every conversation that the agents have on disk of this repository, also those " +
    "that were begun in the agent's own program.",
  searchHint: "list find agent sessions conversations history continue resume",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  schema: z.strictObject({
    agent: z
      .string()
      .optional()
      .describe("Only with this agent: `claude` or `codex`; with native also `gemini`."),
    query: z.string().optional().describe("Only those whose name, title or id has this text."),
    native: z
      .boolean()
      .optional()
      .describe("Those that the agents themselves have on disk; `query` is then looked for in prompts too."),
    after: z.string().optional().describe("Go on after this session."),
  }),
  run: async (frontEnd, args, call) => {
    const wanted = {
      caller: frontEnd.observer(await standingOf(frontEnd, call)),
      scope: "repository",
      agent: args.agent ?? null,
      query: args.query ?? null,
      live: false,
      limit: LISTED,
      after: args.after ?? null,
    } as const;
    if (args.native === true) {
      const { items, next } = await frontEnd.client.call("session.native", { ...wanted, cwd: null });
      return nativeSessionsResult(items, next);
    }
    const { items, next } = await frontEnd.client.call("session.list", wanted);
    return sessionsResult(items, next);
  },
});
