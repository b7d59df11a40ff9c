import { BatonError } from "../contracts/error.ts";
import { limit } from "../process/limit.ts";

/**
 * What an agent says of itself, or why it cannot be had.
 * @throws BatonError `agent_unavailable` when the work fails or takes longer than `limitMs`
 */
export async function described<T>(title: string, limitMs: number, work: Promise<T>): Promise<T> {
  const late = limit(limitMs).then(() => {
    throw new BatonError(
      "agent_unavailable",
      `${title} did not say anything about itself within ${limitMs / 1_000} s.`,
      { hint: "`baton doctor` looks closer." },
    );
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof BatonError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new BatonError("agent_unavailable", `${title} does not tell about itself: ${message}`, {
      hint: "`baton doctor` looks closer.",
      cause: error,
    });
  }
}
