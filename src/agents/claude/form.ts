import { z } from "zod";

/** A form that one answer fills in: with a yes, or with the text of its only required field. */
export interface Form {
  readonly field: { readonly name: string; readonly options: readonly string[] } | null;
}

const fieldSchema = z.looseObject({
  type: z.literal("string"),
  enum: z.array(z.string()).catch([]),
  /** Options that have a title of their own. */
  oneOf: z.array(z.looseObject({ const: z.string() })).catch([]),
});

const schemaSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).catch({}),
  required: z.array(z.string()).nullish(),
});

/** What an elicitation of MCP 2025-11-25 takes; null for a form that needs more than one answer, or none in words. */
export function formIn(schema: unknown): Form | null {
  const { properties, required } = schemaSchema.safeParse(schema).data ?? { properties: {}, required: null };
  const [name, ...more] = required ?? [];
  if (name === undefined) return { field: null };
  const field = more.length > 0 ? undefined : fieldSchema.safeParse(properties[name]).data;
  if (field === undefined) return null;
  return { field: { name, options: [...field.enum, ...field.oneOf.map((option) => option.const)] } };
}
