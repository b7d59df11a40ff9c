import { BatonError } from "../../contracts/error.ts";
import { MAX_PROMPT } from "../../contracts/prompt.ts";
import type { TurnContent } from "../attachments.ts";
import type { HubState } from "../state.ts";

/**
 * The first turn of a session that was handed over begins with what was handed over.
 * @throws BatonError `invalid_argument` where both together are too long
 */
export function withOpening(
  { store }: Pick<HubState, "store">,
  session: string,
  content: TurnContent,
): TurnContent {
  const opening = store.sessions.byId(session)?.opening ?? null;
  if (opening === null) return content;
  const prompt = `${opening}\n\n${content.prompt}`;
  if (prompt.length <= MAX_PROMPT) return { ...content, prompt };
  throw new BatonError("invalid_argument", "the prompt and what was handed over are too long together", {
    hint: "Hand over less, with --budget, or shorten the prompt.",
  });
}
