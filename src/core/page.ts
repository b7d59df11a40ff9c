import type { Artifact } from "../contracts/artifact.ts";
import type { ChildTask, Task } from "../contracts/task.ts";
import { shortened, titleOf } from "./text.ts";

/**
 * How long a whole result may be, serialized, in characters, with room for a line's end: the contract says less than
 * 32,000, since both Claude Code and Codex cut or divert more.
 */
export const MAX_RESULT = 31_990;

/** The parts of a text that is counted in Unicode code points, as `more.offset` does. */
export interface Piece {
  readonly text: string;
  readonly more: { readonly offset: number; readonly remaining: number } | null;
}

/** Where the search for the longest piece begins, in UTF-16 units; what tells of `more` is shorter than that. */
const FIRST_GUESS = 1_024;

/**
 * The longest piece of the text from `offset` on for which `fits` holds; at least one code point, so that reading on
 * always gets further. `fits` must hold for every shorter piece of one that fits. It is never asked about much more
 * than fits, as the text may have millions of characters.
 */
export function longestPiece(text: string, offset: number, fits: (piece: Piece) => boolean): Piece {
  const start = afterPoints(text, 0, offset);
  const first = pointsIn(text, 0, start);
  const total = first + pointsIn(text, start, text.length);
  const pieceTo = (end: number): Piece => {
    const next = first + pointsIn(text, start, end);
    return {
      text: text.slice(start, end),
      more: next < total ? { offset: next, remaining: total - next } : null,
    };
  };
  const fitsTo = (end: number) => fits(pieceTo(wholePoints(text, end)));

  let low = Math.min(start + 1, text.length);
  let high = text.length;
  for (let guess = FIRST_GUESS; ; guess *= 2) {
    // A piece that ends shortly before the end may not fit where the whole does, as that has no `more`.
    const end = text.length - start <= 2 * guess ? text.length : start + guess;
    if (fitsTo(end)) low = end;
    else high = end - 1;
    if (low === text.length) return pieceTo(low);
    if (high < end) break;
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fitsTo(middle)) low = middle;
    else high = middle - 1;
  }
  return pieceTo(Math.max(wholePoints(text, low), afterPoints(text, start, 1)));
}

/** The place after `count` code points from `from` on. */
function afterPoints(text: string, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0 && at < text.length; left -= 1) at += isPair(text, at) ? 2 : 1;
  return at;
}

function pointsIn(text: string, from: number, to: number): number {
  let points = 0;
  for (let at = from; at < to; at += isPair(text, at) ? 2 : 1) points += 1;
  return points;
}

/** The place itself, or the one before where it would halve a code point. */
function wholePoints(text: string, at: number): number {
  return at > 0 && isPair(text, at - 1) ? at - 1 : at;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** How much of an answer of a task in a panel is kept where not all fits, serialized. */
const CHILD_ANSWER = 400;
const CHILD_TEXT = 200;

/** From where on the texts of a task are given, in code points. */
export interface Offsets {
  readonly answer?: number;
  /** The task has its artifact from here on already. */
  readonly artifact?: number;
}

/**
 * The task with as much of its answer and of its artifact as fits: of the one that is read on with an offset as much as
 * possible, and of the other the beginning. What it does not have stays as it is. Where a panel does not fit as a whole,
 * the tasks that it has asked for are cut to their beginnings: its own answer has what they say.
 */
export function pageOfTask(task: Task, offsets: Offsets, fits: (task: Task) => boolean): Task {
  const whole = pageOfTexts(task, offsets, fits);
  if (task.children === null || (whole.more === null && fits(whole))) return whole;
  return pageOfTexts({ ...task, children: task.children.map(beginningOf) }, offsets, fits);
}

function pageOfTexts(task: Task, { answer = 0, artifact = 0 }: Offsets, fits: (task: Task) => boolean): Task {
  if (task.artifact === null) return pageOfAnswer(task, answer, fits);
  if (answer > 0)
    return pageOfAnswer({ ...task, artifact: beginningOfArtifact(task.artifact) }, answer, fits);
  const share = ARTIFACT_SHARES.find((characters) =>
    fits({
      ...task,
      answer: task.answer?.slice(0, 1) ?? null,
      artifact: cutArtifact(task.artifact, characters),
    }),
  );
  const reserved = artifact > 0 ? 0 : (share ?? 0);
  const spoken =
    artifact > 0
      ? { ...task, ...beginningOfAnswer(task.answer) }
      : pageOfAnswer({ ...task, artifact: cutArtifact(task.artifact, reserved) }, 0, fits);
  return pageOfArtifact({ ...spoken, artifact: task.artifact }, artifact, fits);
}

/** What an artifact gets of the room at least where its task has a long answer too, serialized; the first that fits. */
const ARTIFACT_SHARES = [8_000, 4_000, 1_000, CHILD_ANSWER] as const;

/** `content` begins at the offset; what is behind it is told by its own `more`. */
function pageOfArtifact(task: Task, offset: number, fits: (task: Task) => boolean): Task {
  const { artifact } = task;
  if (artifact === null || artifact.content === null) return task;
  const behind = artifact.more?.remaining ?? 0;
  const withPiece = ({ text, more }: Piece): Task => {
    const next = offset + (more?.offset ?? Array.from(text).length);
    const remaining = (more?.remaining ?? 0) + behind;
    return {
      ...task,
      artifact: { ...artifact, content: text, more: remaining === 0 ? null : { offset: next, remaining } },
    };
  };
  return withPiece(longestPiece(artifact.content, 0, (piece) => fits(withPiece(piece))));
}

/** An artifact from its beginning on, with so much of its content, serialized. */
function cutArtifact(artifact: Artifact | null, characters: number): Artifact | null {
  if (artifact === null || artifact.content === null) return artifact;
  const behind = artifact.more?.remaining ?? 0;
  const { text, more } = longestPiece(
    artifact.content,
    0,
    (piece) => JSON.stringify(piece.text).length <= characters,
  );
  const remaining = (more?.remaining ?? 0) + behind;
  const next = more?.offset ?? Array.from(text).length;
  return { ...artifact, content: text, more: remaining === 0 ? null : { offset: next, remaining } };
}

/** An artifact with the beginning of its content. */
export function beginningOfArtifact(artifact: Artifact | null): Artifact | null {
  const cut = cutArtifact(artifact, CHILD_ANSWER);
  return cut === null
    ? null
    : { ...cut, deviations: cut.deviations === null ? null : shortened(cut.deviations, CHILD_TEXT) };
}

function beginningOfAnswer(answer: string | null): Pick<Task, "answer" | "more"> {
  const piece =
    answer === null
      ? null
      : longestPiece(answer, 0, ({ text }) => JSON.stringify(text).length <= CHILD_ANSWER);
  return { answer: piece?.text ?? null, more: piece?.more ?? null };
}

/** A task of a panel with the beginnings of what it says. */
export function beginningOf(child: ChildTask): ChildTask {
  const { error, warnings } = child;
  const short = (text: string) => shortened(text, CHILD_TEXT);
  return {
    ...child,
    ...beginningOfAnswer(child.answer),
    artifact: beginningOfArtifact(child.artifact),
    prompt: titleOf(child.prompt),
    error:
      error === null
        ? null
        : { ...error, message: short(error.message), hint: error.hint === null ? null : short(error.hint) },
    warnings: warnings.slice(0, 2).map(short),
  };
}

/** The task with as much of its answer, from `offset` on, as fits. */
export function pageOfAnswer(task: Task, offset: number, fits: (task: Task) => boolean): Task {
  if (task.answer === null) return task;
  const withPiece = (piece: Piece): Task => ({ ...task, answer: piece.text, more: piece.more });
  return withPiece(longestPiece(task.answer, offset, (piece) => fits(withPiece(piece))));
}
