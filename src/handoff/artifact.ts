import path from "node:path";
import type { HandoffFiles } from "../contracts/handoff.ts";
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
}

/**
 * Hands work on as a file: writes what there is to know into `.baton/handoff/<id>/HANDOFF.md`, which git does not see, and
 * says where the result is to lie: beside it.
 * @throws BatonError `cwd_denied`, `conflict` as `writeNew` says
 */
export async function handOnByArtifact(handoff: ArtifactHandoff): Promise<HandoffFiles> {
  const { cwd, id, source, summary } = handoff;
  const folder = path.join(OWN_FOLDER, "handoff", id);
  const text = `# Handoff\n\nFrom ${source}.\n\n## What there is to know\n\n${summary.trim()}\n`;
  const { absolute } = await writeNew(cwd, path.join(folder, "HANDOFF.md"), text);
  return { reads: absolute, writes: path.join(folder, "RESULT.md") };
}
