import { z } from "zod";

const text = z.string().nullish().catch(null);

/** What is not there or not of the expected kind is null: a reader takes what it knows and passes over the rest. */
const blockSchema = z.looseObject({
  type: z.string().catch(""),
  text,
  id: text,
  name: text,
  input: z.unknown().optional(),
  tool_use_id: text,
  content: z.unknown().optional(),
  is_error: z.boolean().nullish().catch(null),
});
export type Block = z.infer<typeof blockSchema>;

const contentSchema = z
  .union([
    z.string().transform((said) => [blockSchema.parse({ type: "text", text: said })]),
    z.array(blockSchema.catch(() => blockSchema.parse({}))),
  ])
  .catch([]);

/** A line of a conversation of Claude Code 2.1.330, as far as it is understood here. */
export const recordSchema = z.looseObject({
  type: z.string().catch(""),
  subtype: text,
  uuid: text,
  parentUuid: text,
  /** What stands before a compaction, which begins a new tree. */
  logicalParentUuid: text,
  sourceToolAssistantUUID: text,
  isSidechain: z.boolean().nullish().catch(null),
  isMeta: z.boolean().nullish().catch(null),
  isCompactSummary: z.boolean().nullish().catch(null),
  isApiErrorMessage: z.boolean().nullish().catch(null),
  timestamp: text,
  cwd: text,
  gitBranch: text,
  origin: z.looseObject({ kind: text }).nullish().catch(null),
  promptSource: text,
  message: z.looseObject({ id: text, model: text, content: contentSchema }).nullish().catch(null),
  toolUseResult: z.unknown().optional(),
  permissionDecision: z.looseObject({ decision: text }).nullish().catch(null),
  attachment: z.looseObject({ type: text, commandMode: text, prompt: contentSchema }).nullish().catch(null),
  customTitle: text,
  aiTitle: text,
  summary: text,
});
export type ClaudeRecord = z.infer<typeof recordSchema>;

export const blocksSchema = contentSchema;

/** What Claude Code writes in the user's place: reminders, what a command of its own has said, notifications. */
const NOT_SAID =
  /^\s*(<(local-command-|system-reminder|task-notification|bash-(input|stdout|stderr)|user-memory-input)|\[Request interrupted by user|Caveat: The messages below)/;

const COMMAND = /<command-name>([^<]*)<\/command-name>/;
const ARGUMENTS = /<command-args>([\s\S]*?)<\/command-args>/;

/** Commands that Claude Code carries out by itself; every other one is a prompt of the person's. */
const OWN_COMMANDS: ReadonlySet<string> = new Set(
  "add-dir agents bug clear color compact config context copy cost doctor effort exit export fast feedback help hooks ide login logout mcp memory model output-style permissions plan plugin rename resume rewind sandbox status statusline tasks theme todos upgrade usage vim"
    .split(" ")
    .map((name) => `/${name}`),
);

/** What a person has said in a record of theirs; null where it is Claude Code that has written it. */
export function promptIn(record: ClaudeRecord): string | null {
  if (record.isMeta === true || record.isCompactSummary === true) return null;
  if (record.promptSource === "system" || (record.origin?.kind ?? "human") !== "human") return null;
  const said = saidIn(record.message?.content ?? []);
  return said === null ? null : asPrompt(said);
}

/** The text of these blocks that is not a reminder among them; null where there is none. */
export function saidIn(blocks: readonly Block[]): string | null {
  const texts = blocks.flatMap(({ type, text }) =>
    type === "text" && typeof text === "string" && !NOT_SAID.test(text) ? [text] : [],
  );
  const said = texts.join("\n\n");
  return said.trim() === "" ? null : said;
}

function asPrompt(said: string): string | null {
  const command = COMMAND.exec(said)?.[1]?.trim();
  if (command === undefined) return said;
  if (OWN_COMMANDS.has(command)) return null;
  return `${command} ${ARGUMENTS.exec(said)?.[1] ?? ""}`.trim();
}
