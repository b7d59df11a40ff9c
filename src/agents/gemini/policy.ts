import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { parse, stringify } from "smol-toml";
import { z } from "zod";

import type { Access } from "../../contracts/task.ts";
import { OWN_SERVER } from "../acp/open.ts";

/**
 * Rules of Gemini CLI's policy engine (0.61.0), within the tier of the user, where they are the only ones: 951 and more
 * counts for more than anything that settings can allow there.
 */
interface Rule {
  readonly [key: string]: unknown;
  readonly decision: "allow" | "deny" | "ask_user";
  readonly priority: number;
}

const FORBIDDEN_BY_USER = 999;
const ASKED_BY_USER = 998;
const OURS = 951;
const REST = 950;

/** Tools that look at files in the folder, one or a few at a time. */
const READING = ["read_file", "read_many_files", "list_directory"];
/** Tools that go through all files of a folder. */
const SEARCHING = ["glob", "grep_search"];
/** Tools that touch nothing but the conversation. */
const THINKING = ["update_topic", "write_todos", "complete_task", "get_internal_docs"];

/**
 * Baton's own tools, about which the hub decides. One by one: a rule for all tools of a server does not hold for a server
 * that was given over ACP, since the engine then takes the server's name for another (0.61.0).
 */
export const OWN_TOOLS = [
  "ask_agent",
  "ask_panel",
  "wait_tasks",
  "read_task",
  "list_sessions",
  "read_messages",
  "delegate_task",
  "steer_task",
  "cancel_task",
  "handoff_session",
  "send_message",
  "answer_request",
];

/** What leads to other rules, or to steps that nobody is asked about here. */
const ELSEWHERE = ["enter_plan_mode", "exit_plan_mode"];
const SUB_AGENTS = ["invoke_agent"];

export interface PolicyRequest {
  readonly access: Access;
  /** Whether a folder that it has not to read lies within its own. */
  readonly hasPrivateFolder: boolean;
  /** What the user forbids or wants to be asked about. */
  readonly user: readonly Rule[];
}

/**
 * The policy file that holds an access level. Under `read` every tool but those that look is denied, and so not even offered
 * to the model; under `write` what changes anything is asked about, for the client to decide; under `full` nothing is.
 */
export function policyFor({ access, hasPrivateFolder, user }: PolicyRequest): string {
  const looking = [...THINKING, ...(hasPrivateFolder ? [] : [...READING, ...SEARCHING])];
  const rules: readonly Rule[] = [
    ...user.map((rule) => (access === "read" ? { ...rule, decision: "deny" as const } : rule)),
    { toolName: OWN_TOOLS.map((name) => `mcp_${OWN_SERVER}_${name}`), decision: "allow", priority: OURS },
    ...(access === "full" ? [] : [{ toolName: looking, decision: "allow", priority: OURS } as const]),
    { toolName: [...ELSEWHERE, ...(access === "full" ? [] : SUB_AGENTS)], decision: "deny", priority: OURS },
    ...(hasPrivateFolder && access !== "full" ? PRIVATE : []),
    { toolName: "*", decision: RESTS[access], priority: REST, ...(access === "full" ? EVERYTHING : {}) },
  ];
  return stringify({ rule: rules });
}

const RESTS = { read: "deny", write: "ask_user", full: "allow" } as const;
const EVERYTHING = { allowRedirection: true };

/** Where a private folder lies within the directory, single files are asked about, and nothing goes through all of them. */
const PRIVATE: readonly Rule[] = [
  { toolName: READING, decision: "ask_user", priority: OURS },
  { toolName: SEARCHING, decision: "deny", priority: OURS },
];

const userRuleSchema = z.looseObject({ decision: z.string() });
const policySchema = z.looseObject({ rule: z.array(userRuleSchema).catch([]) });

/** The rules of the user's own policies that forbid or ask; what they allow is for their own conversations. */
export async function restrictionsIn(places: readonly string[]): Promise<readonly Rule[]> {
  const files = (await Promise.all(places.map(policyFiles))).flat();
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.flatMap((text) => policySchema.safeParse(parsed(text)).data?.rule ?? []).flatMap(restriction);
}

function restriction({ decision, ...rule }: z.infer<typeof userRuleSchema>): readonly Rule[] {
  if (decision === "deny") return [{ ...rule, decision, priority: FORBIDDEN_BY_USER }];
  if (decision === "ask_user") return [{ ...rule, decision, priority: ASKED_BY_USER }];
  return [];
}

async function policyFiles(place: string): Promise<readonly string[]> {
  if (place.endsWith(".toml")) return [place];
  const names = await readdir(place).catch(() => []);
  return names.filter((name) => name.endsWith(".toml")).map((name) => path.join(place, name));
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
