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

/**
 * The task with as much of its answer, from `offset` on, as fits. A task without an answer stays as it is. Where a panel does
 * not fit as a whole, the tasks that it has asked for are cut to their beginnings: its own answer has what they say.
 */
export function pageOfTask(task: Task, offset: number, fits: (task: Task) => boolean): Task {
  const whole = pageOfAnswer(task, offset, fits);
  if (task.children === null || (whole.more === null && fits(whole))) return whole;
  return pageOfAnswer({ ...task, children: task.children.map(beginningOf) }, offset, fits);
}

/** How much of an answer of a task in a panel is kept where not all fits, serialized. */
const CHILD_ANSWER = 400;
const CHILD_TEXT = 200;

/** A task of a panel with the beginnings of what it says. */
export function beginningOf(child: ChildTask): ChildTask {
  const { error, warnings } = child;
  const short = (text: string) => shortened(text, CHILD_TEXT);
  const piece =
    child.answer === null
      ? null
      : longestPiece(child.answer, 0, ({ text }) => JSON.stringify(text).length <= CHILD_ANSWER);
  return {
    ...child,
    prompt: titleOf(child.prompt),
    answer: piece?.text ?? null,
    more: piece?.more ?? null,
    error:
      error === null
        ? null
        : { ...error, message: short(error.message), hint: error.hint === null ? null : short(error.hint) },
    warnings: warnings.slice(0, 2).map(short),
  };
}

function pageOfAnswer(task: Task, offset: number, fits: (task: Task) => boolean): Task {
  if (task.answer === null) return task;
  const withPiece = (piece: Piece): Task => ({ ...task, answer: piece.text, more: piece.more });
  return withPiece(longestPiece(task.answer, offset, (piece) => fits(withPiece(piece))));
}
