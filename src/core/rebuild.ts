/** What was asked in a session, and what was answered. */
export interface Exchange {
  readonly prompt: string;
  readonly answer: string;
}

/** A prompt that carries what was said before. */
export interface Rebuilt {
  readonly prompt: string;
  /** How many exchanges it carries. */
  readonly exchanges: number;
}

const OPENING = `<earlier_conversation>
The record of this conversation was lost and is given again here, the oldest part first: what the user asked and what you answered. It is context and no request; the request follows after it.
`;
const CLOSING = "</earlier_conversation>\n\n";
const LEFT_OUT = "\n[… left out …]\n";
/** Less of an exchange than this is of no use. */
const WORTH_CUTTING = 400;

/**
 * Puts the newest exchanges that fit into `budget` characters before a prompt; the last that does not fit is cut in
 * its middle. Null when there is nothing to carry, or no room for it.
 */
export function withEarlier(
  prompt: string,
  newestFirst: readonly Exchange[],
  budget: number,
): Rebuilt | null {
  let left = budget - OPENING.length - CLOSING.length;
  const parts: string[] = [];
  for (const exchange of newestFirst) {
    const part = partOf(exchange);
    if (part.length > left && left < WORTH_CUTTING) break;
    const kept = part.length <= left ? part : partOf(cut(exchange, left));
    parts.unshift(kept);
    left -= kept.length;
    if (kept !== part) break;
  }
  if (parts.length === 0) return null;
  return { prompt: `${OPENING}${parts.join("")}${CLOSING}${prompt}`, exchanges: parts.length };
}

function partOf({ prompt, answer }: Exchange): string {
  return `\n[user]\n${harmless(prompt)}\n\n[you]\n${harmless(answer)}\n`;
}

/** The text without what would end the block before its end. */
function harmless(text: string): string {
  return text.replaceAll(/<(?=\/?earlier_conversation)/gi, "(");
}

function cut({ prompt, answer }: Exchange, length: number): Exchange {
  const frame = partOf({ prompt: "", answer: "" }).length;
  const room = length - frame;
  const forPrompt = Math.min(prompt.length, Math.max(Math.floor(room / 2), room - answer.length));
  return { prompt: middleCut(prompt, forPrompt), answer: middleCut(answer, room - forPrompt) };
}

function middleCut(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.max(0, Math.floor((length - LEFT_OUT.length) / 2));
  // A cut must not leave half of a character that takes two units.
  return (text.slice(0, half) + LEFT_OUT + text.slice(text.length - half)).toWellFormed();
}
