import { randomBytes } from "node:crypto";
import type { TaskEventBody } from "../../contracts/event.ts";
import type { StartPanel, StartTask } from "../../contracts/rpc.ts";
import {
  answersOf,
  complaintOf,
  failureOf,
  quorumOf,
  sectionOf,
  type PanelRules,
  type Reply,
} from "../../core/panel.ts";
import { synthesisPrompt } from "../../core/synthesis.ts";
import { shortened } from "../../core/text.ts";
import type { NewTask } from "../../store/tasks.ts";
import { runCoordinator, type Write } from "../coordinator-run.ts";
import type { Run } from "../run.ts";
import { found } from "../start-task.ts";
import type { HubState } from "../state.ts";
import { failed, status } from "../status-events.ts";
import type { Asker } from "../viewer.ts";
import { gather, type GatherRequest } from "./gather.ts";
import type { PanelPlan, Seat } from "./plan.ts";

/** What a panel is run with and nobody stores. */
export interface PanelTerms extends PanelPlan {
  readonly request: Omit<StartPanel, "members" | "synthesize" | "quorum">;
  /** How long the members may take, and then the synthesis, in milliseconds. */
  readonly stageMs: number;
  readonly asker: Asker;
  readonly closed: AbortSignal;
}

/** Runs a panel: asks its members, takes what they say as it comes, and has it brought together where that is wanted. */
export function runPanel(hub: HubState, panel: NewTask, terms: PanelTerms): Run {
  return runCoordinator(hub, panel, {
    outcomeOf: async ({ stopped, write }) => outcomeOf({ hub, panel, terms, stopped, write }),
    steerInstead: () => {
      const ids = hub.store.tasks.childrenOf(panel.id).map(({ id }) => id);
      return `Steer one of its members: ${ids.join(", ")}.`;
    },
  });
}

interface Panel {
  readonly hub: HubState;
  readonly panel: NewTask;
  readonly terms: PanelTerms;
  readonly stopped: AbortSignal;
  readonly write: Write;
}

async function outcomeOf(running: Panel): Promise<TaskEventBody> {
  const { terms, stopped, write } = running;
  const { members, synthesis } = terms;
  const quorum = quorumOf(members.length, terms.quorum);
  const rest = terms.quorum === null ? "awaited" : "hurried";
  const replies = await ask(running, {
    seats: members,
    prompt: terms.request.prompt,
    schema: terms.request.schema,
    attachments: terms.request.attachments,
    rules: { quorum, rest, limitMs: terms.stageMs },
  });
  if (stopped.aborted) return status("cancelled");
  write([{ type: "message", data: { text: answersOf(replies) } }]);
  const failure = failureOf(replies, quorum);
  if (failure !== null) return failed(failure);
  if (synthesis !== null) await synthesise(running, synthesis, replies);
  return status("completed");
}

/** Has the answers brought together; without success they stay as they are. */
async function synthesise(running: Panel, seat: Seat, replies: readonly Reply[]): Promise<void> {
  const { terms, write } = running;
  const mark = randomBytes(8).toString("hex");
  const prompt = synthesisPrompt({ question: terms.request.prompt, replies, mark });
  const rules: PanelRules = { quorum: 1, rest: "awaited", limitMs: terms.stageMs };
  const [synthesis] = await ask(running, { seats: [seat], prompt, schema: null, attachments: [], rules });
  if (synthesis?.kind === "answered") write([{ type: "message", data: { text: synthesis.text } }]);
}

interface Question extends Pick<StartTask, "prompt" | "schema" | "attachments"> {
  readonly seats: readonly Seat[];
  readonly rules: PanelRules;
}

async function ask(running: Panel, question: Question): Promise<readonly Reply[]> {
  const { hub, panel, terms, stopped, write } = running;
  const { prompt, schema, attachments, seats, rules } = question;
  const sessions = hub.store.panels.seats(panel.session);
  const requestFor: GatherRequest["requestFor"] = ({ key, agent, model }) => {
    const known = sessions.get(key);
    return {
      ...terms.request,
      key: `${panel.id} ${key}`,
      agent,
      prompt,
      schema,
      attachments,
      reads: [],
      writes: null,
      session: known === undefined ? { kind: "new" } : { kind: "reference", reference: known },
      cwd: panel.cwd,
      model,
      access: "read",
      isolation: { kind: "shared" },
      approvals: null,
      timeout_ms: rules.limitMs,
    };
  };
  return gather(hub, {
    panel,
    seats,
    requestFor,
    asker: { ...terms.asker, task: found(hub, panel.id) },
    closed: terms.closed,
    rules,
    stopped,
    onStart: ({ name }, id) =>
      write([{ type: "tool.started", data: { id, kind: "agent", name, summary: id } }]),
    onReply: (reply) => write(stopped.aborted && reply.kind === "silent" ? [] : eventsOf(reply)),
  });
}

const SUMMARY_LENGTH = 200;

/** What one has said is told as soon as it is there, in the words in which it stands in the answer. */
function eventsOf(reply: Reply): readonly TaskEventBody[] {
  const { name, task } = reply;
  const complaint = complaintOf(reply);
  const finished: TaskEventBody[] =
    task === null
      ? []
      : [
          {
            type: "tool.finished",
            data: {
              id: task,
              outcome: reply.kind === "answered" ? "ok" : "failed",
              summary: shortened(complaint ?? `${name} has answered`, SUMMARY_LENGTH),
            },
          },
        ];
  const warning: TaskEventBody[] =
    complaint === null ? [] : [{ type: "warning", data: { message: complaint } }];
  const said: TaskEventBody = { type: "message.delta", data: { text: `${sectionOf(reply)}\n\n` } };
  return [said, ...warning, ...finished];
}
