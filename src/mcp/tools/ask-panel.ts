import { z } from "zod";
import { durationSchema } from "../../contracts/duration.ts";
import { MAX_MEMBERS, memberNameSchema } from "../../contracts/panel.ts";
import { defineTool } from "../tool.ts";
import { commonShape, commonTermsOf, resultOf } from "./start.ts";

export const askPanel = defineTool({
  name: "ask_panel",
  title: "Ask several coding agents at once",
  description:
    "Ask several coding agents on this machine, or several models of one, the same question side by side, and get all " +
    "answers in one result: where being wrong is costly, for a review by several eyes, or to compare. They read the " +
    "repository and change nothing. What one of them cannot answer does not cost the others' answers. With " +
    "`synthesize` one agent then says where they agree, where they differ, and what only one of them saw.",
  searchHint: "panel several agents models compare review second opinions consensus synthesis",
  annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: true },
  schema: z.strictObject({
    agents: z
      .array(memberNameSchema)
      .min(1)
      .max(MAX_MEMBERS)
      .optional()
      .describe(
        "Whom to ask: `codex`, `claude`, or with a model `codex:MODEL`. Left out: all that are installed.",
      ),
    ...commonShape,
    model: z.string().optional().describe("The model of those that are named without one."),
    synthesize: memberNameSchema
      .optional()
      .describe("The agent that brings the answers together, such as `claude` or `codex:MODEL`."),
    quorum: z
      .int()
      .positive()
      .optional()
      .describe(
        "So many answers are enough: the others get only some more time. Left out: all are waited for.",
      ),
    timeout: durationSchema
      .optional()
      .describe("How long they may take, such as `10m`; the answers that came by then are kept."),
  }),
  run: async (frontEnd, args, call) => {
    const { base: _, ...common } = await commonTermsOf(frontEnd, call, args);
    const task = await frontEnd.client.call("panel.start", {
      ...common,
      members: args.agents ?? [],
      synthesize: args.synthesize ?? null,
      quorum: args.quorum ?? null,
      timeout_ms: args.timeout ?? null,
    });
    return resultOf(frontEnd, call, task, args);
  },
});
