import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import path from "node:path";
import type { Image } from "../agents/driver.ts";
import { MAX_IMAGE, MAX_IMAGES, type Attachment } from "../contracts/attachment.ts";
import { BatonError } from "../contracts/error.ts";
import { MAX_PROMPT } from "../contracts/prompt.ts";
import { isWithin } from "../core/approval-rules.ts";
import { withAttached, type AttachedPart } from "../core/attached.ts";
import { imageTypeOf } from "../core/image-type.ts";
import type { Store } from "../store/store.ts";
import type { NewTask } from "../store/tasks.ts";
import { readAttached } from "./attached-file.ts";
import { checkFile, type DirectoryRequest } from "./working-directory.ts";

/** An attached file with what is kept of it until its task is final; null: the agent reads the file itself. */
export interface Taken {
  readonly attachment: Attachment;
  readonly content: Buffer | null;
}

export interface TakeRequest {
  /** Where the task runs, without links. */
  readonly cwd: string;
  readonly rules: Omit<DirectoryRequest, "cwd" | "origin">;
  readonly prompt: string;
  /** Folders of which nothing is handed on. */
  readonly privateFolders: readonly string[];
  /** What such a file is called in an error; by default an attached one. */
  readonly what?: string;
}

/**
 * Reads the files that a task is to have, as they are now. Images and texts are kept; any other file has to lie where the
 * agent can read it, in the task's directory, and to stay as it is.
 * @throws BatonError `invalid_argument`, `cwd_denied`
 */
export async function takeAttachments(
  files: readonly string[],
  take: TakeRequest,
): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  const real = await Promise.all(take.privateFolders.map((folder) => realpath(folder).catch(() => folder)));
  const held = { ...take, privateFolders: real };
  // One after the other: all at once could be more than there is memory for.
  for (const file of files) {
    taken.push(await takenFrom(file, held));
    assertFits(taken, take);
  }
  return taken;
}

async function takenFrom(file: string, { cwd, privateFolders, rules, what }: TakeRequest): Promise<Taken> {
  const check = async (real: string) => {
    // Worktrees lie in there, and are as open as the repositories that they are of.
    if (rules.counted(real) === real) assertNotPrivate(real, privateFolders);
    await checkFile(real, rules);
  };
  const read = await readAttached(file, check, what);
  const { content } = read;
  const image = imageTypeOf(content);
  if (image !== null && content.length > MAX_IMAGE) throw tooLarge(`the image ${file} is`, MAX_IMAGE);
  const sha256 = hashOf(content);
  const attachment: Attachment = { path: read.path, image, bytes: content.length, sha256, use: "context" };
  const isKept = image !== null || textOf(content) !== null;
  if (isKept || isWithin(read.path, cwd)) return { attachment, content: isKept ? content : null };
  throw new BatonError(
    "invalid_argument",
    `the attached file ${file} is neither an image nor a text of at most ${MAX_PROMPT.toLocaleString("en-US")} bytes, and lies outside of ${cwd}, where the agent works`,
    { hint: "Copy it into the directory of the task, where the agent can read it." },
  );
}

function assertNotPrivate(file: string, folders: readonly string[]): void {
  if (!folders.some((folder) => isWithin(file, folder))) return;
  throw new BatonError("cwd_denied", `${file} lies in Baton's own folder, of which nothing is handed on`);
}

/** Texts from elsewhere stand in the prompt, images on one line of the agent's. */
function assertFits(taken: readonly Taken[], { cwd, prompt }: TakeRequest): void {
  const sizes = (of: (taken: Taken) => boolean) =>
    taken.filter(of).reduce((sum, { attachment }) => sum + attachment.bytes, 0);
  const images = sizes(({ attachment }) => attachment.image !== null);
  if (images > MAX_IMAGES) throw tooLarge("the attached images together are", MAX_IMAGES);
  const texts = sizes(({ attachment }) => attachment.image === null && !isWithin(attachment.path, cwd));
  if (prompt.length + texts + taken.length * FRAME <= MAX_PROMPT) return;
  throw new BatonError("invalid_argument", "the attached texts are too long to stand in the prompt", {
    hint: "Copy them into the directory of the task: from there the agent reads what it needs.",
  });
}

/** More than stands around a file in a prompt, but for a long name. */
const FRAME = 1_000;

function tooLarge(what: string, limit: number): BatonError {
  return new BatonError("invalid_argument", `${what} larger than ${limit / 1024 / 1024} MB`);
}

/** Keeps what was taken for a task; only in the transaction that stores it. */
export function keepAttachments(store: Store, task: string, taken: readonly Taken[]): void {
  for (const [position, { content }] of taken.entries()) {
    if (content !== null) store.attached.insert(task, position, content);
  }
}

/** What a task's turn begins with. */
export interface TurnContent {
  readonly prompt: string;
  readonly images: readonly Image[];
}

/**
 * The prompt with all that was attached, as it was then: an image as an image, a file that lies in the task's directory and
 * has not changed by its name, other texts in the prompt.
 * @throws BatonError `conflict` where a file that was not kept has changed
 */
export async function contentOf(
  store: Store,
  { id, prompt, attachments, cwd }: Pick<NewTask, "id" | "prompt" | "attachments" | "cwd">,
): Promise<TurnContent> {
  if (attachments.length === 0) return { prompt, images: [] };
  const contents = store.attached.ofTask(id);
  const images: Image[] = [];
  const parts: AttachedPart[] = [];
  for (const [position, attachment] of attachments.entries()) {
    const content = contents.get(position) ?? null;
    const part = await partOf(attachment, content, cwd);
    parts.push(part);
    if (part.kind === "image" && content !== null) images.push({ type: part.type, content });
  }
  const whole = withAttached(prompt, parts);
  if (whole.length <= MAX_PROMPT) return { prompt: whole, images };
  throw new BatonError("conflict", "attached files have changed, and are too long to stand in the prompt", {
    hint: "Ask again with the files as they are now.",
  });
}

async function partOf(
  { path: file, image, sha256 }: Attachment,
  content: Uint8Array | null,
  cwd: string,
): Promise<AttachedPart> {
  const name = isWithin(file, cwd) ? path.relative(cwd, file) : file;
  if (image !== null) return { kind: "image", name, type: image };
  if (name !== file && (await isStill(file, sha256))) return { kind: "file", name };
  const text = content === null ? null : textOf(content);
  if (text !== null) return { kind: "text", name, text, mark: sha256 };
  throw new BatonError(
    "conflict",
    `the attached file ${file} is not what it was when the task was asked for`,
    {
      hint: "Ask again with the file as it is now.",
    },
  );
}

async function isStill(file: string, sha256: string): Promise<boolean> {
  const read = await readAttached(file, async () => undefined).catch(() => null);
  return read !== null && read.path === file && hashOf(read.content) === sha256;
}

function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The text of a file that could stand in a prompt; null for anything else. */
function textOf(content: Uint8Array): string | null {
  if (content.length > MAX_PROMPT || content.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}
