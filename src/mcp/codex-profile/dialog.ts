import { z } from "zod";
import type { Dialog, Opened } from "../approvals.ts";

/** What `codex mcp-server` of Codex 0.153.4 called the two kinds that it had. */
const OLD_KIND: Readonly<Record<string, string>> = {
  command: "exec-approval",
  file_change: "patch-approval",
};

const answerSchema = z.looseObject({
  action: z.string().optional(),
  decision: z.string().optional(),
  content: z.looseObject({ decision: z.string().optional() }).nullish().catch(null),
});

/** In the words and with the marks of `codex mcp-server`; a client that cannot ask has each step declined at once. */
export const CODEX_DIALOG: Dialog = {
  unasked: "decline",
  question,
  verdict: (given) => ({ decision: accepts(given) ? "approve" : "deny" }),
};

function question({ kind, summary, detail }: Opened): Readonly<Record<string, unknown>> {
  const asked = kind === "command" ? `run \`${summary}\`` : `do this: ${summary}`;
  const old = OLD_KIND[kind];
  return {
    message: `Allow Codex to ${asked}?\n\n${detail}`,
    requestedSchema: { type: "object", properties: {} },
    ...(old === undefined ? {} : { codex_elicitation: old }),
  };
}

/** Old clients said `decision: "approved"`, beside the action or in the content. Only a clear yes is one. */
function accepts(given: unknown): boolean {
  const answer = answerSchema.safeParse(given).data;
  const said = answer?.decision ?? answer?.content?.decision;
  if (answer === undefined || (answer.action ?? "accept") !== "accept") return false;
  return said === undefined ? answer.action === "accept" : said.startsWith("approved");
}
