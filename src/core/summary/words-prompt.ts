/**
 * What a source agent is asked in a fork of its conversation for `--by-agent`. Its answer goes into a summary as
 * `agentWords`, where it takes about half of the room; the facts stand beside it.
 * @param budget of the whole summary, in estimated tokens
 */
export function wordsPrompt(budget: number): string {
  const words = Math.max(60, Math.floor(budget * 0.35));
  return [
    `Another coding agent will go on with the work of this conversation and sees nothing of it. Write what it has to know, in at most ${words} words, in the language that the user writes in:`,
    "the goal; what was decided, with the reason; what you have found out that the files do not show; what does not work yet and what was tried; what to do next.",
    "The state of the repository, the files that were changed and the commands that failed are added to your words: do not list them.",
    "Use no tool, change nothing, and answer with the text alone. Leave out passwords, keys and tokens.",
  ].join("\n");
}
