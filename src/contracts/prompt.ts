import { z } from "zod";

/** The longest prompt, in UTF-16 units: what Codex 0.169.0 takes as one input. */
export const MAX_PROMPT = 1_048_576;

/**
 * Words for an agent: they arrive exactly, whatever is in them, or are refused here, for every front end and agent
 * alike.
 */
export const promptSchema = z.string().superRefine((text, context) => {
  const message = promptProblem(text);
  if (message !== null) context.addIssue({ code: "custom", message });
});

/** Why a prompt cannot be handed to an agent as it is; null when it can. */
export function promptProblem(text: string): string | null {
  if (text.trim() === "") return "the prompt is empty";
  if (text.length > MAX_PROMPT) return tooLong(text.length);
  // Half a pair is no text: UTF-8 has no form for it, and Codex 0.169.0 no way to read it.
  if (!text.isWellFormed()) return "the prompt has half of a surrogate pair in it, which is no Unicode text";
  return null;
}

/** Says that a prompt is too long; `length` is null where its end was not even read. */
export function tooLong(length: number | null): string {
  const has = length === null ? "many more" : length.toLocaleString("en-US");
  return `the prompt is too long: it has ${has} characters, ${MAX_PROMPT.toLocaleString("en-US")} is the most`;
}

/** A name that goes onto a command line or into a request, such as that of a model: one word that is no flag. */
export function wordSchema(what: string) {
  return z
    .string()
    .regex(
      /^[^\s\p{C}-][^\s\p{C}]{0,199}$/u,
      `the ${what} has to be one word of at most 200 characters that does not begin with a dash`,
    );
}
