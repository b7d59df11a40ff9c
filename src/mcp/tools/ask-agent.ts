import { z } from "zod";
import { defineTool } from "../tool.ts";
import { startAndWait, startShape } from "./start.ts";

export const askAgent = defineTool({
  name: "ask_agent",
  title: "Ask another coding agent",
  description:
    "Ask another coding agent on this machine (Claude Code, Codex CLI or Gemini CLI) a question about the code and get its " +
    "answer: a second opinion, a code review, an explanation, a plan. The agent can read the repository but changes " +
    "nothing. The result has a session id: pass it as `session` to ask a follow-up in the same conversation. Long " +
    "questions return as `working`; wait_tasks gets the answer.",
  searchHint: "ask another coding agent codex claude gemini second opinion review consult",
  annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: true },
  schema: z.strictObject(startShape),
  run: (frontEnd, args, call) =>
    startAndWait(frontEnd, call, args, {
      access: "read",
      isolation: { kind: "shared" },
      reads: [],
      writes: null,
    }),
});
