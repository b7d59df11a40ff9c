import { z } from "zod";

/** The kinds of images that go to a model as images, by their media types; told by the content of a file. */
export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export const imageTypeSchema = z.enum(IMAGE_TYPES);
export type ImageType = z.infer<typeof imageTypeSchema>;

/** How many files may be attached to one task. */
export const MAX_ATTACHMENTS = 16;
/** The largest file, in bytes. */
export const MAX_FILE = 32 * 1024 * 1024;
/** The largest image, and all images of a task together, in bytes: more does not pass through the agents' own pipes. */
export const MAX_IMAGE = 10 * 1024 * 1024;
export const MAX_IMAGES = 16 * 1024 * 1024;

/** A file that was attached to a task, as it was then. */
export const attachmentSchema = z.object({
  /** Absolute, without links. */
  path: z.string(),
  /** Null for what is no image, and goes to the agent as a file. */
  image: imageTypeSchema.nullable(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  /** `read`: an artifact that the task has to go by; `context`: it merely comes along. */
  use: z.enum(["context", "read"]).default("context"),
});
export type Attachment = z.infer<typeof attachmentSchema>;
