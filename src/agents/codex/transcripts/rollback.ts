import { z } from "zod";
import { valueOf, type Line } from "../../transcripts/lines.ts";
import { itemSchema, lineSchema, promptIn } from "./records.ts";

const rolledBackSchema = z.looseObject({
  type: z.literal("thread_rolled_back"),
  num_turns: z.int().nonnegative(),
});

/** More prompts than any thread has; what is kept of each must stay bounded. */
const MOST_PROMPTS = 500_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Which lines belong to turns that were taken back: up to 0.153 or so a rollout keeps them, and says so afterwards. The
 * answer is given for lines in their order.
 */
export async function takenBack(lines: AsyncIterable<Line>): Promise<(offset: number) => boolean> {
  const prompts: number[] = [];
  const spans: Span[] = [];
  for await (const { offset, bytes } of lines) {
    const back = bytes === null ? 0 : meaningOf(bytes);
    if (back === "prompt" && prompts.length < MOST_PROMPTS) prompts.push(offset);
    if (typeof back !== "number" || back === 0) continue;
    const [from] = prompts.splice(Math.max(0, prompts.length - back));
    if (from !== undefined) cover(spans, { from, to: offset });
  }
  let next = 0;
  return (offset) => {
    while ((spans[next]?.to ?? Infinity) < offset) next += 1;
    return (spans[next]?.from ?? Infinity) <= offset;
  };
}

/** A prompt, or how many turns are taken back. */
function meaningOf(bytes: Buffer): "prompt" | number {
  if (!bytes.includes('"user"') && !bytes.includes("thread_rolled_back")) return 0;
  const line = lineSchema.safeParse(valueOf(bytes)).data;
  if (line?.type === "event_msg") return rolledBackSchema.safeParse(line.payload).data?.num_turns ?? 0;
  const item = line?.type === "response_item" ? itemSchema.safeParse(line.payload).data : undefined;
  return item !== undefined && promptIn(item) !== null ? "prompt" : 0;
}

/** Later spans hold the earlier ones that lie in them. */
function cover(spans: Span[], span: Span): void {
  while ((spans.at(-1)?.from ?? -1) >= span.from) spans.pop();
  spans.push(span);
}
