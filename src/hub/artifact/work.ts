import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { MAX_ARTIFACT_KEPT } from "../../contracts/artifact.ts";
import { errorOf, taskError, type TaskError } from "../../contracts/error.ts";
import type { TaskEventBody } from "../../contracts/event.ts";
import { differencesOf } from "../../core/artifact/claims.ts";
import { judge, judgeText, type Judged, type Written } from "../../core/artifact/judge.ts";
import { reminderOf } from "../../core/artifact/order.ts";
import { sectionNamed } from "../../core/artifact/sections.ts";
import type { ArtifactTerms } from "../../core/artifact/terms.ts";
import { shortened } from "../../core/text.ts";
import { writeNew } from "../../handoff/artifact/write.ts";
import type { NewTask } from "../../store/tasks.ts";
import type { RunRequest, Verdict } from "../run.ts";
import type { HubState } from "../state.ts";
import { lookAt } from "./look.ts";

/** What is done about a task's artifact around its turns. */
export interface ArtifactWork extends Pick<RunRequest, "check" | "conclude"> {
  /** Null for a task that is to write nothing. */
  readonly terms: ArtifactTerms | null;
  /** Looks at what lies there before the first turn. */
  look(): Promise<void>;
}

const NOTHING: ArtifactWork = {
  terms: null,
  look: async () => undefined,
  check: async () => ({ kind: "done" }),
  conclude: async () => [],
};

/** How often an agent is reminded. */
const REMINDERS = 1;

/** @param since an earlier task whose beginning counts in place of this one's; null: none */
export function artifactWork(hub: HubState, { id, cwd }: NewTask, since: string | null): ArtifactWork {
  const { artifacts } = hub.store;
  const stored = artifacts.ofTask(id);
  if (stored === null) return NOTHING;
  const terms: ArtifactTerms = { path: stored.path, sections: stored.sections, by: stored.writer };
  let before: string | null = null;
  let reminders = 0;
  let judged: Judged | null = null;
  const look = async () => {
    const earlier = since === null ? null : artifacts.ofTask(since);
    // What an attempt that was broken off has written counts as this one's.
    before = earlier === null || earlier.begun_at === null ? await hashAt(cwd, terms.path) : earlier.before;
    artifacts.begin(id, before, new Date().toISOString());
  };
  const judgedNow = async (answer: string): Promise<Judged> =>
    terms.by === "answer"
      ? judgeText(terms, hashOf(answer), answer)
      : judge(terms, before, await lookAt(cwd, terms.path));
  return {
    terms,
    look,
    check: async (answer): Promise<Verdict> => {
      judged = await judgedNow(answer);
      const { fault } = judged;
      if (fault === null)
        return terms.by === "answer" ? published(cwd, terms.path, answer) : { kind: "done" };
      if (reminders === REMINDERS) return { kind: "failed", error: missing(fault, judged.written) };
      reminders += 1;
      return {
        kind: "again",
        prompt: reminderOf(terms, fault),
        why: `The agent was reminded once: ${fault}.`,
      };
    },
    conclude: async () => {
      const written = judged?.written ?? null;
      if (written === null) return [];
      artifacts.write(id, {
        sha256: written.sha256,
        content: written.text === null ? null : kept(written.text),
        deviations: deviationsIn(written),
      });
      const task = hub.store.tasks.byId(id);
      const began = Date.parse(task?.started_at ?? "");
      const differences =
        terms.by === "answer"
          ? []
          : await differing({ cwd, terms, written, changes: task?.changes ?? [], began });
      return [...cutOff(written), ...differences].map((message): TaskEventBody => ({
        type: "warning",
        data: { message: `${terms.path} ${message}` },
      }));
    },
  };
}

async function hashAt(cwd: string, file: string): Promise<string | null> {
  const found = await lookAt(cwd, file);
  return found.kind === "file" ? found.sha256 : null;
}

async function published(cwd: string, file: string, text: string): Promise<Verdict> {
  try {
    await writeNew(cwd, file, text);
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", error: errorOf(error, "artifact_missing") };
  }
}

function missing(fault: string, written: Written | null): TaskError {
  const there = written === null ? "" : " What it has written is in the result all the same.";
  return taskError("artifact_missing", `${fault}, and a reminder has not helped`, {
    hint: `Continue the session to have it written: it knows what it has done.${there}`,
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** As much of it as is kept, ending with a whole character. */
function kept(text: string): string {
  if (text.length <= MAX_ARTIFACT_KEPT) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(MAX_ARTIFACT_KEPT - 1))
    ? MAX_ARTIFACT_KEPT - 1
    : MAX_ARTIFACT_KEPT;
  return text.slice(0, end);
}

/** A result has to stay short; the content has the whole. */
const MAX_DEVIATIONS = 2_000;

function deviationsIn({ sections }: Written): string | null {
  const text = sectionNamed(sections, "Deviations");
  if (text === null || text === "") return null;
  const points = Array.from(text.slice(0, 2 * MAX_DEVIATIONS));
  return points.length <= MAX_DEVIATIONS ? text : `${points.slice(0, MAX_DEVIATIONS - 1).join("")}…`;
}

function cutOff({ text }: Written): readonly string[] {
  if (text === null || text.length <= MAX_ARTIFACT_KEPT) return [];
  return ["is long: the result has its beginning, the file has the whole."];
}

interface Claimed {
  readonly cwd: string;
  readonly terms: ArtifactTerms;
  readonly written: Written;
  readonly changes: NewChanges;
  /** When the task began, in milliseconds. */
  readonly began: number;
}
type NewChanges = Parameters<typeof differencesOf>[1];

/** Where the report and the files differ, in words that go on from the report's name. */
async function differing({ cwd, terms, written, changes, began }: Claimed): Promise<readonly string[]> {
  const { text, sections } = written;
  if (text === null || text.length > MAX_ARTIFACT_KEPT || sections.length === 0) return [];
  const { unnamed, unchanged } = differencesOf({ text, sections, path: terms.path }, changes);
  // What git does not follow and a command has changed is among no changes.
  const touched = await Promise.all(
    unchanged.map(async (file) => {
      const stats = await stat(path.resolve(cwd, file)).catch(() => null);
      return stats !== null && stats.mtimeMs >= began;
    }),
  );
  const untouched = unchanged.filter((_, at) => touched[at] === false);
  return [
    ...(unnamed.length === 0 ? [] : [`does not name what was changed: ${listed(unnamed)}`]),
    ...(untouched.length === 0 ? [] : [`names as changed what was not: ${listed(untouched)}`]),
  ];
}

/** How many files a warning names. */
const MOST_FILES = 10;
const FILE_LENGTH = 200;

function listed(files: readonly string[]): string {
  const names = files.slice(0, MOST_FILES).map((file) => shortened(file, FILE_LENGTH));
  const more = files.length - names.length;
  return more === 0 ? names.join(", ") : `${names.join(", ")} and ${more} more`;
}
