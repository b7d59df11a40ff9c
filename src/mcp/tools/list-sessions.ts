import { z } from "zod";
import { sessionsResult } from "../result.ts";
import { defineTool } from "../tool.ts";
import { standingOf } from "../workspace.ts";

const LISTED = 20;

export const listSessions = defineTool({
  name: "list_sessions",
  title: "List conversations with other agents",
  description:
    "List the conversations with other coding agents in this repository, the last used first, to continue one of " +
    "them with ask_agent.",
  searchHint: "list agent sessions conversations continue resume",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  schema: z.strictObject({
    agent: z.string().optional().describe("Only with this agent: `claude` or `codex`."),
    query: z.string().optional().describe("Only those whose name, title or id has this text."),
    after: z.string().optional().describe("Go on after this session."),
  }),
  run: async (frontEnd, args, call) => {
    const { items, next } = await frontEnd.client.call("session.list", {
      caller: frontEnd.observer(await standingOf(frontEnd, call)),
      scope: "repository",
      agent: args.agent ?? null,
      query: args.query ?? null,
      live: false,
      limit: LISTED,
      after: args.after ?? null,
    });
    return sessionsResult(items, next);
  },
});
