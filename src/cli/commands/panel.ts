import { memberNameSchema, type Member } from "../../contracts/panel.ts";
import { BatonError } from "../../contracts/error.ts";
import type { Task } from "../../contracts/task.ts";
import { sentenceOf } from "../../contracts/sentence.ts";
import type { CommandContext } from "../context.ts";
import { commonTermsOf, promptOf, type AskOptions } from "./ask.ts";
import { inSession, seeThrough } from "./see-through.ts";

export interface PanelOptions extends AskOptions {
  readonly synthesize?: string;
  readonly quorum?: number;
}

/** `baton panel`: hands one read-only question to several agents, waits and prints what they say. */
export async function panel(
  context: CommandContext,
  agents: string,
  words: string | undefined,
  options: PanelOptions,
): Promise<number> {
  return askPanel(context, { agents, prompt: await promptOf(words, options) }, options);
}

/** What several agents are asked. */
export interface PanelWork {
  /** Their names with commas between them; undefined: all that are installed. */
  readonly agents: string | undefined;
  readonly prompt: string;
}

/** Starts a panel and shows what comes of it. */
export async function askPanel(
  context: CommandContext,
  { agents, prompt }: PanelWork,
  options: PanelOptions,
): Promise<number> {
  const members = agents === undefined ? [] : agents.split(",").map((name) => memberOf(name.trim()));
  const { synthesize, quorum = null } = options;
  const request = {
    ...(await commonTermsOf(context, prompt, options)),
    members,
    synthesize: synthesize === undefined ? null : memberOf(synthesize),
    quorum,
  };
  const beginning = {
    start: async () => context.client.call("panel.start", request),
    continuation: inSession(({ children }: Task) => {
      const asked = (children ?? []).slice(0, synthesize === undefined ? undefined : -1);
      return `panel ${agents ?? asked.map(({ agent }) => agent).join(",")}`;
    }),
  };
  return seeThrough(context, beginning, options);
}

/** @throws BatonError `invalid_argument` */
function memberOf(name: string): Member {
  const member = memberNameSchema.safeParse(name);
  if (member.success) return member.data;
  throw new BatonError(
    "invalid_argument",
    `${JSON.stringify(name)} names no agent: ${sentenceOf(member.error)}`,
    {
      hint: "Name them as codex,claude or with a model as codex:MODEL.",
    },
  );
}
