import { z } from "zod";

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
// A timer of Node counts in 31 bits; longer ones fire at once.
const MAX_MS = 24 * UNITS_MS.d;

/** A time span as people write it (`30m`, `2h`, `1.5s`); parsed to milliseconds, at most 24 days. */
export const durationSchema = spanUpTo(MAX_MS, "24d");

/** A time span that no timer has to keep: at most ten years. */
export const longDurationSchema = spanUpTo(3_650 * UNITS_MS.d, "3650d");

function spanUpTo(limitMs: number, limit: string) {
  // The title is for what is generated from a schema; an input is a string to it.
  const written = z.string().meta({ title: `time span, at most ${limit}` });
  return written.transform((text, context) => {
    const match = DURATION.exec(text.trim());
    const unit = match?.[2] as keyof typeof UNITS_MS | undefined;
    const ms = unit === undefined ? Number.NaN : Number(match?.[1]) * UNITS_MS[unit];
    if (ms > 0 && ms <= limitMs) return Math.ceil(ms);
    context.addIssue({
      code: "custom",
      message: `${JSON.stringify(text)} is not a time span such as 45s, 30m or 2h (at most ${limit})`,
    });
    return z.NEVER;
  });
}
