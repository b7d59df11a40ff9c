/** A name that may stand in a config as it is. */
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** What to do about an agent that there is not: those that there are, and the lines that add one. */
export function unknownAgentHint(agent: string, known: readonly string[]): string {
  const name = NAME.test(agent) ? agent : "NAME";
  return [
    `Baton knows: ${known.join(", ")}. Any other that speaks ACP is added to Baton's config by`,
    `[agents.${name}]`,
    'protocol = "acp"',
    `command = ["${name}", "acp"]`,
    "with the command that starts it as an ACP agent.",
  ].join("\n");
}
