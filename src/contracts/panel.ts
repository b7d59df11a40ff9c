import { z } from "zod";
import { wordSchema } from "./prompt.ts";

/** The `agent` of a task that asks several agents and does nothing itself; no agent can have this name. */
export const PANEL = "panel";

/** The most agents that one panel asks. */
export const MAX_MEMBERS = 8;

/** Who is asked in a panel; `model` null leaves it to the panel's own `model`, else to the agent. */
export const memberSchema = z.object({
  agent: wordSchema("agent").regex(/^[^:]+$/, "an agent is named as `codex` or `codex:MODEL`"),
  model: wordSchema("model").nullable(),
});
export type Member = z.infer<typeof memberSchema>;

/** A member as people and models write it: `codex` or `codex:MODEL`; the model may itself have `:` and `/` in it. */
export const memberNameSchema = z
  .string()
  .meta({ title: "codex or codex:MODEL" })
  .transform((name) => {
    const at = name.indexOf(":");
    return at === -1 ? { agent: name, model: null } : { agent: name.slice(0, at), model: name.slice(at + 1) };
  })
  .pipe(memberSchema);

/** The name of a member, as it was written. */
export function nameOfMember({ agent, model }: Member): string {
  return model === null ? agent : `${agent}:${model}`;
}
