import type { Driver, Environment } from "../../agents/driver.ts";
import type { Account, HandoffFiles, HandoffMode } from "../../contracts/handoff.ts";
import type { PrepareHandoff } from "../../contracts/rpc.ts";
import { handOnByArtifact } from "../../handoff/artifact.ts";
import { carryHistory } from "../../handoff/history/carry.ts";
import { summarize } from "../../handoff/summary/summarize.ts";
import type { HubState } from "../state.ts";
import { agentWords, NOT_ASKED } from "./agent-words.ts";
import { nativesOf, type Source } from "./source.ts";

/** Who goes on. */
export interface Target {
  readonly driver: Driver;
  readonly env: Environment;
}

/** One handoff. */
export interface Work {
  /** Of the new session. */
  readonly id: string;
  readonly hub: HubState;
  readonly params: PrepareHandoff;
  readonly target: Target;
  readonly source: Source;
  readonly cwd: string;
  readonly budget: number;
  readonly at: string;
}

/** What the new session begins with. */
export interface Made {
  readonly nativeId: string | null;
  readonly opening: string | null;
  readonly files: HandoffFiles | null;
  readonly account: Account;
  /** The file that was written; null where there is none. */
  readonly file: string | null;
  readonly warnings: readonly string[];
}

async function carried({ hub, params, target, source, cwd, budget, at }: Work): Promise<Made> {
  const { written, account } = await carryHistory({
    source: source.transcript,
    agent: source.driver.title,
    budget,
    target: nativesOf(hub, params.to),
    env: target.env,
    cwd,
    at,
  });
  const { nativeId, file } = written;
  return { nativeId, opening: null, files: null, account, file: file.file, warnings: [] };
}

async function summarized(work: Work): Promise<Made> {
  const { text, account, warnings } = await summaryOf(work);
  return { nativeId: null, opening: text, files: null, account, file: null, warnings };
}

async function filed(work: Work): Promise<Made> {
  const { text, account, warnings } = await summaryOf(work);
  const { session } = work.source.transcript;
  const files = await handOnByArtifact({
    cwd: work.cwd,
    id: work.id,
    source: `${work.source.driver.title}, session ${session.native_id}`,
    summary: text,
  });
  return { nativeId: null, opening: null, files, account, file: files.reads, warnings };
}

/** Makes what the new session begins with. */
export const MADE_BY: Readonly<Record<HandoffMode, (work: Work) => Promise<Made>>> = {
  history: carried,
  summary: summarized,
  artifact: filed,
};

interface Summary extends Pick<Made, "account" | "warnings"> {
  readonly text: string;
}

async function summaryOf({ hub, params, source, cwd, budget, at }: Work): Promise<Summary> {
  const { transcript, driver } = source;
  const natives = nativesOf(hub, driver.agent);
  const words =
    params.summary_by === "agent" ? await agentWords(source, { natives, cwd, budget, at }) : NOT_ASKED;
  const block = await summarize({
    transcript,
    agent: driver.title,
    env: params.caller.env,
    budget,
    fields: params.fields,
    agentWords: words.text,
  });
  const { turns } = transcript.session;
  const why = `they are summed up in about ${block.tokens} tokens`;
  const turned_to_text = [{ what: "turns", count: turns, why }];
  const account = {
    carried: { user: 0, assistant: 0, tool: 0, edit: 0, plan: 0 },
    turned_to_text,
    dropped: [],
  };
  return { text: block.text, account, warnings: words.warnings };
}
