import { z } from "zod";
import type { Transcript } from "../../core/transcript.ts";
import type { Environment } from "../driver.ts";
import type { SeenFile } from "./walk.ts";

/** A file that holds a conversation, found but not yet read. */
export interface NativeFile extends SeenFile {
  readonly agent: string;
  /** Null where only the file itself says it. */
  readonly native_id: string | null;
  /** The folder that it was found below. */
  readonly root: string;
  /** What the places around the file say; null where they say nothing. */
  readonly cwd: string | null;
  readonly title: string | null;
}

/** What a file has told so far, and how far it was read: goes on from there when the file has grown. */
export const sketchSchema = z.object({
  /** Bytes that were read, up to the end of a line. */
  read: z.int().nonnegative(),
  /** The agent's own id, where the file's name does not say it. */
  id: z.string().nullable(),
  /** False for a conversation that an agent has with a sub-agent of its own. */
  isPersons: z.boolean(),
  cwd: z.string().nullable(),
  branch: z.string().nullable(),
  model: z.string().nullable(),
  /** A name that the person or the agent has given; `first` is the first prompt. */
  name: z.string().nullable(),
  first: z.string().nullable(),
  turns: z.int().nonnegative(),
  created_at: z.string().nullable(),
  /** The beginning of what the person has said, for searches. */
  words: z.string(),
  /** Ids of prompts, where an agent takes some back. */
  prompts: z.array(z.string()),
});
export type Sketch = Readonly<z.infer<typeof sketchSchema>>;

/** What one kind of agent has on disk. Read-only: nothing of it is ever changed. */
export interface NativeReader {
  readonly agent: string;
  /** The conversations that an environment's agent has, in no order, and the folders that were looked through. */
  find(
    env: Environment,
  ): Promise<{ readonly files: readonly NativeFile[]; readonly roots: readonly string[] }>;
  /**
   * What a list shows of a file. `before` is what it told when it was shorter, if it was.
   * @throws BatonError as `read`
   */
  sketch(file: NativeFile, before: Sketch | null): Promise<Sketch>;
  /**
   * A conversation, ready to be read.
   * @throws BatonError `session_not_found`, `invalid_argument` for what is no regular file or too much to be read
   */
  read(file: NativeFile): Promise<Transcript>;
  /** The ids of the conversations that a process of the agent has open now, as far as the system tells. */
  live(env: Environment): Promise<ReadonlySet<string>>;
}

export const NO_SKETCH: Sketch = {
  read: 0,
  id: null,
  isPersons: true,
  cwd: null,
  branch: null,
  model: null,
  name: null,
  first: null,
  turns: 0,
  created_at: null,
  words: "",
  prompts: [],
};
