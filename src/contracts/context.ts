import { z } from "zod";

/** How long a context block may be, in estimated tokens, where nobody says it. */
export const DEFAULT_CONTEXT_BUDGET = 2_000;

/** `--budget` and `budget`: what a context block may take, in tokens as `core/tokens.ts` estimates them. */
export const contextBudgetSchema = z.int().min(300).max(50_000);

const textSchema = z.string().trim().min(1).max(100_000);

/** What a caller can say of a piece of work, each in its own words; formatted and bounded like a summary. */
export const contextFieldsSchema = z
  .strictObject({
    task: textSchema.optional().describe("What the work as a whole is for."),
    files: z
      .array(textSchema)
      .max(500)
      .optional()
      .describe("Files that matter: a path, and why, in a line each."),
    open_issues: z.array(textSchema).max(500).optional().describe("What is not solved or not decided yet."),
    next_step: textSchema.optional().describe("What to do next."),
  })
  .refine((fields) => Object.values(fields).some((value) => value !== undefined && value.length > 0), {
    message: "the context is empty: it has a task, files, open_issues or a next_step",
  });
export type ContextFields = z.infer<typeof contextFieldsSchema>;
