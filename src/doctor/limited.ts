import { limit } from "../process/limit.ts";

/** What a probe gives, or null when it fails or takes too long: what is not known is no finding. */
export async function limited<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  const result = await Promise.race([work.catch(() => null), limit(limitMs)]);
  return result ?? null;
}
