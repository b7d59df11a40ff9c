import { z } from "zod";
import { artifactPathSchema } from "./artifact.ts";
import { memberSchema } from "./panel.ts";

/** The `agent` of a task that has steps done by agents, one after the other; no agent can have this name. */
export const RELAY = "relay";

/** The most steps of one relay. */
export const MAX_STEPS = 8;

/** A step of a relay: what it is called, and who does it. */
export const stepSchema = memberSchema.extend({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,30}$/,
      "a step is named by a word in small letters, as in `plan:claude` or `execute:codex:MODEL`",
    ),
});
export type Step = z.infer<typeof stepSchema>;

/** A step as people write it: `plan:claude` or `plan:claude:MODEL`; the model may itself have `:` and `/` in it. */
export const stepNameSchema = z
  .string()
  .transform((text) => {
    const [name = "", agent = "", ...model] = text.split(":");
    return { name, agent, model: model.length === 0 ? null : model.join(":") };
  })
  .pipe(stepSchema);

export const stepsSchema = z
  .array(stepSchema)
  .min(1, "a relay needs at least one step")
  .max(MAX_STEPS, `a relay has at most ${MAX_STEPS} steps`);

/** Where the artifacts of a relay lie in its directory; null: in a folder of its own that git does not see. */
export const relayFolderSchema = artifactPathSchema.nullable();
