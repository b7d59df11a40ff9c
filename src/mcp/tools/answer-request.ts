import { z } from "zod";
import { defineTool } from "../tool.ts";
import { requestResult } from "../result.ts";

export const answerRequest = defineTool({
  name: "answer_request",
  title: "Answer a request of a task",
  description:
    "Approve or deny a step that a task you have asked for may not take by itself, or answer its question. Only where " +
    "the user's config allows models to; otherwise a person has to.",
  searchHint: "approve deny answer request permission question of delegated task",
  annotations: { readOnlyHint: false, destructiveHint: true },
  schema: z.strictObject({
    request: z.string().describe("Request id (r_…)."),
    decision: z.enum(["approve", "deny", "answer"]).describe("`answer` is for questions and needs `text`."),
    text: z.string().optional().describe("The answer, or the reason of a denial."),
  }),
  run: async ({ client }, { request, decision, text = null }) =>
    requestResult(await client.call("request.answer", { request, decision, text, via: "call" })),
});
