import type { Task } from "../contracts/task.ts";

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

/**
 * The longest piece of the text from `offset` on for which `fits` holds; at least one code point, so that reading on
 * always gets further. `fits` must hold for every shorter piece of one that fits.
 */
export function longestPiece(text: string, offset: number, fits: (piece: Piece) => boolean): Piece {
  const points = Array.from(text);
  const start = Math.min(offset, points.length);
  const pieceTo = (end: number): Piece => ({
    text: points.slice(start, end).join(""),
    more: end < points.length ? { offset: end, remaining: points.length - end } : null,
  });
  const whole = pieceTo(points.length);
  if (fits(whole)) return whole;
  let low = Math.min(start + 1, points.length);
  let high = points.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(pieceTo(middle))) low = middle;
    else high = middle - 1;
  }
  return pieceTo(low);
}

/** The task with as much of its answer, from `offset` on, as fits. A task without an answer stays as it is. */
export function pageOfTask(task: Task, offset: number, fits: (task: Task) => boolean): Task {
  if (task.answer === null) return task;
  const withPiece = (piece: Piece): Task => ({ ...task, answer: piece.text, more: piece.more });
  return withPiece(longestPiece(task.answer, offset, (piece) => fits(withPiece(piece))));
}
