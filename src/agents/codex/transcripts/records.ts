import { z } from "zod";

const text = z.string().nullish().catch(null);
const partSchema = z.looseObject({ type: z.string().catch(""), text });
const partsSchema = z
  .union([
    z.string().transform((said) => [{ type: "text", text: said }]),
    z.array(partSchema.catch({ type: "", text: null })),
    z.looseObject({ content: z.string() }).transform(({ content }) => [{ type: "text", text: content }]),
  ])
  .catch([]);

const metadataSchema = z
  .looseObject({
    content_item_metadata: z
      .array(z.looseObject({ provenance: z.looseObject({ type: text }).nullish().catch(null) }))
      .nullish()
      .catch(null),
  })
  .nullish()
  .catch(null);

/** A line of a rollout of Codex 0.169.0, as far as it is understood here; the forms since 0.40 are of the same kind. */
export const lineSchema = z.looseObject({
  type: z.string().catch(""),
  timestamp: text,
  ordinal: z.number().nullish().catch(null),
  payload: z.unknown().optional(),
  metadata: z
    .looseObject({ compaction_output: z.boolean().nullish().catch(null) })
    .nullish()
    .catch(null),
});
export type RolloutLine = z.infer<typeof lineSchema>;

export const itemSchema = z.looseObject({
  type: z.string().catch(""),
  role: text,
  content: partsSchema,
  call_id: text,
  id: text,
  name: text,
  namespace: text,
  arguments: z.unknown().optional(),
  input: z.unknown().optional(),
  action: z.unknown().optional(),
  output: z.unknown().optional(),
  internal_chat_message_metadata_passthrough: metadataSchema,
});
export type RolloutItem = z.infer<typeof itemSchema>;

export const metaSchema = z.looseObject({
  id: text,
  timestamp: text,
  cwd: text,
  source: z.unknown().optional(),
  git: z.looseObject({ branch: text }).nullish().catch(null),
  /** Where the history before this file stands: another thread, or an earlier file of the same one. */
  history_base: z
    .looseObject({ thread_id: z.string(), end_ordinal_exclusive: z.int().nonnegative() })
    .nullish()
    .catch(null),
});
export type RolloutMeta = z.infer<typeof metaSchema>;

/** What Codex says to the model in the user's role, in versions that do not mark it. */
const NOT_SAID =
  /^\s*(<(environment_context|user_instructions|turn_aborted|skill|user_shell_command|subagent_notification|permissions instructions|INSTRUCTIONS|hook_prompt|recommended_plugins)\b|# AGENTS\.md instructions)/;

/** What a person has said in a message of the user's role; null where it is Codex that has written it. */
export function promptIn(item: RolloutItem): string | null {
  if (item.type !== "message" || item.role !== "user") return null;
  const origins = item.internal_chat_message_metadata_passthrough?.content_item_metadata ?? [];
  const said = item.content.flatMap(({ text }, index) => {
    const isHarness = origins[index]?.provenance?.type === "harness";
    return typeof text !== "string" || isHarness || NOT_SAID.test(text) ? [] : [text];
  });
  const prompt = said.join("\n\n");
  return prompt.trim() === "" ? null : prompt;
}

/** The text of a message or of a tool's output. */
export function textOf(content: unknown): string {
  return partsSchema
    .parse(content)
    .flatMap(({ text }) => text ?? [])
    .join("\n");
}

/** How many pictures are among the parts of a message or an output. */
export function picturesIn(content: unknown): number {
  return partsSchema.parse(content).filter(({ type }) => type === "input_image").length;
}
