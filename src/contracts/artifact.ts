import { z } from "zod";

/** How much of an artifact is kept with its task, in bytes; the file itself may be as large as `MAX_FILE`. */
export const MAX_ARTIFACT_KEPT = 1024 * 1024;
/** How many sections can be asked for. */
export const MAX_SECTIONS = 16;

/** What a Markdown artifact has to have when nobody says otherwise: what was done, to which files, and where it differs. */
export const USUAL_SECTIONS = ["Summary", "Changes", "Deviations"] as const;

/** The heading of a section, on one line. */
export const sectionSchema = z
  .string()
  .trim()
  .regex(/^[^\p{C}\p{Zl}\p{Zp}#<>]{1,80}$/u, "a section is named by at most 80 characters on one line");

/** The place of an artifact, relative to the directory of its task. */
export const artifactPathSchema = z
  .string()
  .regex(
    /^[^\p{C}\p{Zl}\p{Zp}]{1,500}$/u,
    "the file to write has to be a path of at most 500 characters on one line",
  );

/** What a task is to leave behind. */
export const writesSchema = z.object({
  path: artifactPathSchema,
  /** Null: the usual ones where the file is Markdown, else none. */
  sections: z
    .array(sectionSchema)
    .max(MAX_SECTIONS, `at most ${MAX_SECTIONS} sections can be asked for`)
    .nullable(),
  /** `answer`: the agent changes nothing; its answer is the text, and Baton writes the file. */
  by: z.enum(["agent", "answer"]).default("agent"),
  /** An earlier task that was to write it: what has changed since that one began counts. */
  since: z.string().nullable().default(null),
});
export type Writes = z.infer<typeof writesSchema>;

/**
 * The file that a task has written, as it was when the task ended. `path` is relative to the task's directory, `more`
 * counts Unicode code points; `content` is null for what is no text, `deviations` where the file has no such section.
 */
export const artifactSchema = z.object({
  path: z.string(),
  sha256: z.string(),
  content: z.string().nullable(),
  more: z.object({ offset: z.int(), remaining: z.int() }).nullable(),
  deviations: z.string().nullable(),
});
export type Artifact = z.infer<typeof artifactSchema>;
