import path from "node:path";
import { MAX_ATTACHMENTS, type Attachment } from "../../contracts/attachment.ts";
import { BatonError } from "../../contracts/error.ts";
import { MAX_PROMPT } from "../../contracts/prompt.ts";
import type { StartTask } from "../../contracts/rpc.ts";
import { isWithin } from "../../core/approval-rules.ts";
import { withOrder, type ReadFirst } from "../../core/artifact/order.ts";
import { sectionsFor, type ArtifactTerms } from "../../core/artifact/terms.ts";
import { placeIn, type Place } from "../../handoff/artifact/place.ts";
import type { NewArtifact } from "../../store/artifacts.ts";
import type { Store } from "../../store/store.ts";
import type { NewTask } from "../../store/tasks.ts";
import { takeAttachments, type Taken, type TakeRequest } from "../attachments.ts";

/** What a task is asked to write, before the task has an id. */
export interface AskedArtifact {
  readonly terms: ArtifactTerms;
  readonly place: Place;
  readonly since: string | null;
}

/**
 * What a task is to write, held to its directory.
 * @throws BatonError `invalid_argument` for a task that only reads, `cwd_denied` for a file outside of the directory
 */
export async function artifactOf(
  { writes, access }: Pick<StartTask, "writes" | "access">,
  cwd: string,
): Promise<AskedArtifact | null> {
  if (writes === null) return null;
  const { by, since } = writes;
  if (access === "read" && by === "agent") {
    throw new BatonError("invalid_argument", "a task that only reads can write no file", {
      hint: "Delegate it: `baton delegate … --writes FILE`, delegate_task.",
    });
  }
  const place = await placeIn(cwd, writes.path);
  const file = place.relative.split(path.sep).join("/");
  return { terms: { path: file, sections: sectionsFor({ ...writes, path: file }), by }, place, since };
}

/**
 * Reads the files that come along and those that the task has to go by, in this order.
 * @throws BatonError as `takeAttachments` says
 */
export async function takeFiles(
  { attachments, reads }: Pick<StartTask, "attachments" | "reads">,
  take: TakeRequest,
): Promise<readonly Taken[]> {
  if (attachments.length + reads.length > MAX_ATTACHMENTS) {
    throw new BatonError(
      "invalid_argument",
      `at most ${MAX_ATTACHMENTS} files can go with a task, attached and to be read together`,
    );
  }
  const context = await takeAttachments(attachments, take);
  const toRead = await takeAttachments([...new Set(reads)], { ...take, what: "the file to read" });
  return [
    ...context,
    ...toRead.map(({ attachment, content }): Taken => ({
      attachment: { ...attachment, use: "read" },
      content,
    })),
  ];
}

/** The prompt with what a task has to go by and what it is to write. */
export function orderedPrompt(
  { prompt, attachments, cwd }: Pick<NewTask, "prompt" | "attachments" | "cwd">,
  writes: ArtifactTerms | null,
): string {
  return withOrder(prompt, readsIn(attachments, cwd), writes);
}

function readsIn(attachments: readonly Attachment[], cwd: string): readonly ReadFirst[] {
  return attachments
    .filter(({ use }) => use === "read")
    .map(({ path: file, sha256 }) => ({
      name: isWithin(file, cwd) ? path.relative(cwd, file) : file,
      sha256,
    }));
}

/** @throws BatonError `invalid_argument` where the words about artifacts leave the prompt too long */
export function assertFits(
  task: Pick<NewTask, "prompt" | "attachments" | "cwd">,
  asked: AskedArtifact | null,
): void {
  if (orderedPrompt(task, asked?.terms ?? null).length <= MAX_PROMPT) return;
  throw new BatonError("invalid_argument", "with what is to be read and written the prompt is too long", {
    hint: "Put a part of it into a file that the agent reads (--reads).",
  });
}

/** @throws BatonError `conflict` where a task that is not final is to write the same file */
export function assertNobodyWrites(store: Store, session: string, asked: AskedArtifact | null): void {
  const other = asked === null ? null : store.artifacts.holderOf(asked.place.absolute, session);
  if (asked === null || other === null) return;
  throw new BatonError("conflict", `task ${other}, which is not final, is to write ${asked.terms.path} too`, {
    hint: `Wait for it (\`baton wait ${other}\`), or name another file.`,
  });
}

export function newArtifact(task: string, { terms, place }: AskedArtifact): NewArtifact {
  const { path: file, sections, by } = terms;
  return { task, path: file, place: place.absolute, sections, writer: by };
}
