import path from "node:path";
import type { StartTask } from "../contracts/rpc.ts";
import { OWN_FOLDER, writeNew } from "./artifact/write.ts";

/** What is handed on, and where. */
export interface ArtifactHandoff {
  /** The directory that the work is in, without links. */
  readonly cwd: string;
  /** Names the folder of this handoff: one word that no other has, such as the id of the new session. */
  readonly id: string;
  /** The conversation that is handed on, in a sentence: "Claude Code, session 1b2c…". */
  readonly source: string;
  /** What there is to know of it, as Markdown. */
  readonly summary: string;
  /** What is to be done now. */
  readonly prompt: string;
  /** Where the result is to lie, relative to the directory; null: beside the handoff. */
  readonly writes: string | null;
}

/** The parts of the task that goes on from it; the rest is for whoever starts it, with access `write` or more. */
export type HandedOn = Pick<StartTask, "prompt" | "reads" | "writes">;

/**
 * Hands work on as a file: writes what there is to know into `.baton/handoff/<id>/HANDOFF.md`, which git does not see, and
 * gives the task that goes by it and leaves a RESULT.md.
 * @throws BatonError `cwd_denied`, `conflict` as `writeNew` says
 */
export async function handOnByArtifact(handoff: ArtifactHandoff): Promise<HandedOn> {
  const { cwd, id, source, summary, prompt, writes } = handoff;
  const folder = path.join(OWN_FOLDER, "handoff", id);
  const text = `# Handoff\n\nFrom ${source}.\n\n## Request\n\n${prompt.trim()}\n\n## What there is to know\n\n${summary.trim()}\n`;
  const { absolute } = await writeNew(cwd, path.join(folder, "HANDOFF.md"), text);
  return {
    prompt,
    reads: [absolute],
    writes: {
      path: writes ?? path.join(folder, "RESULT.md"),
      sections: null,
      by: "agent",
      since: null,
    },
  };
}
