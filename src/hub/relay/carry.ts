import { createHash } from "node:crypto";
import path from "node:path";
import type { RelayStep } from "../../core/relay/plan.ts";
import { writeNew } from "../../handoff/artifact/write.ts";
import type { StoredRelay } from "../../store/relays.ts";
import type { StoredTask } from "../../store/tasks.ts";
import { lookAt } from "../artifact/look.ts";
import type { HubState } from "../state.ts";

/** A step that was done before, and need not be done again. */
export interface Carried {
  readonly place: number;
  readonly task: string;
}

/** What a relay that is resumed has from before. */
export interface CarriedOver {
  readonly done: readonly Carried[];
  /** The task in which the next step was begun; null: it was not. */
  readonly begun: StoredTask | null;
  /** What became of the artifacts meanwhile. */
  readonly notes: readonly string[];
}

/**
 * The steps that are done: their tasks are completed and their artifacts are there. One that is gone is written again
 * as it was; one that was changed holds as it is now, since only a person can have meant that.
 * @throws BatonError `conflict` where something else lies in the place of an artifact
 */
export async function carryOver(
  hub: HubState,
  {
    relay,
    steps,
    cwd,
  }: { readonly relay: StoredRelay; readonly steps: readonly RelayStep[]; readonly cwd: string },
): Promise<CarriedOver> {
  const tasks = hub.store.relays.steps(relay.task);
  const done: Carried[] = [];
  const notes: string[] = [];
  for (const [place, { file }] of steps.entries()) {
    const task = hub.store.tasks.byId(tasks.get(place) ?? "");
    const sha256 = task === null ? null : (hub.store.artifacts.ofTask(task.id)?.sha256 ?? null);
    if (task === null || task.status !== "completed" || sha256 === null) return { done, begun: task, notes };
    const lost = await stateOf(hub, { task: task.id, cwd, file: path.join(relay.folder, file), sha256 });
    if (lost.kind === "gone") return { done, begun: null, notes: [...notes, lost.note] };
    if (lost.note !== null) notes.push(lost.note);
    done.push({ place, task: task.id });
  }
  return { done, begun: null, notes };
}

interface Left {
  readonly task: string;
  readonly cwd: string;
  readonly file: string;
  readonly sha256: string;
}

type State =
  | { readonly kind: "there"; readonly note: string | null }
  | { readonly kind: "gone"; readonly note: string };

async function stateOf(hub: HubState, { task, cwd, file, sha256 }: Left): Promise<State> {
  const found = await lookAt(cwd, file);
  if (found.kind === "file") {
    const isSame = found.sha256 === sha256;
    return {
      kind: "there",
      note: isSame ? null : `${file} was changed since its step: it is taken as it is now.`,
    };
  }
  const content = hub.store.artifacts.content(task);
  if (content === null || createHash("sha256").update(content).digest("hex") !== sha256) {
    return { kind: "gone", note: `${file} is gone, and too long to be kept: its step is done again.` };
  }
  await writeNew(cwd, file, content);
  return { kind: "there", note: `${file} was gone: it was written again as it was.` };
}
