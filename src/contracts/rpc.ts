import { z } from "zod";
import { writesSchema } from "./artifact.ts";
import { MAX_ATTACHMENTS } from "./attachment.ts";
import { taskErrorSchema } from "./error.ts";
import { MAX_MEMBERS, memberSchema } from "./panel.ts";
import { promptSchema, wordSchema } from "./prompt.ts";
import { contextFieldsSchema } from "./context.ts";
import { handoffModeSchema, handoffSchema } from "./handoff.ts";
import { nativeSessionSchema } from "./native-session.ts";
import { relayFolderSchema, stepsSchema } from "./relay.ts";
import { originSchema } from "./origin.ts";
import { requestSchema } from "./request.ts";
import { sessionSchema } from "./session.ts";
import { accessSchema, taskSchema } from "./task.ts";
import { worktreeSchema, worktreeWorkSchema } from "./worktree.ts";
import { usageReportSchema, USAGE_GROUPS } from "./usage.ts";
import { taskEventSchema } from "./event.ts";

/** Raised whenever a front end and a hub of different versions could misunderstand each other. */
export const PROTOCOL = 3;

/** What a hub says to a request that comes too late; the front end asks the next hub. */
export const HUB_ENDING = "the hub is ending";

/** What a hub says to a token that is not its own. */
export const HUB_OTHER_TOKEN = "the token of this hub is another one";

/** What a caller brings along: where they stand, and what of their environment may reach an agent. */
export const callerSchema = z.object({
  cwd: z.string(),
  /** The folders that an agent's client says it works in, the one above among them; none for a shell. */
  workspaces: z.array(z.string()),
  /** What concerns any of the agents: a task may ask for further ones. Each agent gets its own part alone. */
  env: z.record(z.string(), z.string()),
  /** Variables that the user has named for Baton itself in an agent's MCP configuration: not merely inherited. */
  named: z.array(z.string()),
  /** Absolute path of the config file that holds for this caller. */
  config: z.string(),
});
export type Caller = z.infer<typeof callerSchema>;

/** Which conversation a task goes to. A reference is our id, the agent's own id or a name. */
export const sessionChoiceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("new") }),
  z.object({ kind: z.literal("latest") }),
  z.object({ kind: z.literal("reference"), reference: z.string().min(1) }),
  /** The name goes to a new session; the one that had it keeps its id. */
  z.object({ kind: z.literal("renew"), name: z.string().min(1) }),
]);
export type SessionChoice = z.infer<typeof sessionChoiceSchema>;

/** Where a task works: in the directory itself, or in a git worktree of its own, with uncommitted changes or without. */
export const isolationSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("shared") }),
  z.object({ kind: z.literal("worktree"), uncommitted: z.enum(["left", "taken"]) }),
]);
export type Isolation = z.infer<typeof isolationSchema>;

export const startTaskSchema = z.object({
  /** Chosen by the front end: the same key again gives the same task, so that a request can be repeated safely. */
  key: z.string().min(1),
  caller: callerSchema,
  agent: z.string(),
  prompt: promptSchema,
  /** Absolute paths of files that go with the prompt. */
  attachments: z.array(z.string().min(1)).max(MAX_ATTACHMENTS).default([]),
  /** Absolute paths of files that have to be there, and that the task has to go by. */
  reads: z.array(z.string().min(1)).max(MAX_ATTACHMENTS).default([]),
  /** The file that it has to leave behind; null for none. */
  writes: writesSchema.nullable().default(null),
  session: sessionChoiceSchema,
  /** The directory that was asked for; null leaves it to the session, else to the caller. */
  cwd: z.string().nullable(),
  model: wordSchema("model").nullable(),
  effort: wordSchema("effort").nullable(),
  access: accessSchema,
  isolation: isolationSchema.default({ kind: "shared" }),
  /** What becomes of a step beyond the agent's sandbox; "ask" makes it a request of the task, null leaves it to the config. */
  approvals: z.enum(["decline", "ask"]).nullable(),
  /** A JSON Schema that the answer has to follow; null leaves it free. */
  schema: z.record(z.string(), z.unknown()).nullable(),
  /** Wall limit in milliseconds; null takes the config's. */
  timeout_ms: z.int().positive().nullable(),
});
export type StartTask = z.infer<typeof startTaskSchema>;

/** What is handed on, to whom and how. */
export const prepareHandoffSchema = z.object({
  caller: callerSchema,
  from: z.object({
    agent: z.string(),
    /** Our id, the agent's own or a name; null: its newest in the directory. */
    session: z.string().min(1).nullable(),
  }),
  to: z.string(),
  /** Null leaves it to what the target takes. */
  mode: handoffModeSchema.nullable(),
  /** The most that it may take, in estimated tokens; null: as the mode and the config have it. */
  budget: z.int().positive().nullable(),
  /** Who writes a summary: Baton alone, or the source agent too. */
  summary_by: z.enum(["baton", "agent"]),
  /** What the caller says itself, for a summary. */
  fields: contextFieldsSchema.nullable(),
  /** Where the other agent goes on; null: where the source was. */
  cwd: z.string().nullable(),
  /** What the task may do that is begun in it next; null where none is. */
  access: accessSchema.nullable(),
});
export type PrepareHandoff = z.infer<typeof prepareHandoffSchema>;
/** One prompt to several agents, which only read. What is said of a task holds for each of theirs. */
export const startPanelSchema = startTaskSchema
  .omit({ agent: true, access: true, isolation: true, approvals: true, reads: true, writes: true })
  .extend({
    /** Without any: every agent that is installed. */
    members: z.array(memberSchema).max(MAX_MEMBERS, `a panel asks at most ${MAX_MEMBERS} agents`),
    /** Who brings the answers together; null leaves them as they are. */
    synthesize: memberSchema.nullable(),
    /** How many answers are enough, and then worth no long waiting for the rest; null: more than half, and all are waited for. */
    quorum: z.int().positive().nullable(),
    /** Limit of each member's task, and then of the synthesis, in milliseconds; null takes the config's. */
    timeout_ms: z.int().positive().nullable(),
  });
export type StartPanel = z.infer<typeof startPanelSchema>;

/** Steps that are done by agents one after the other, over files; each gets the request and what those before it have left. */
export const startRelaySchema = startTaskSchema
  .pick({ key: true, caller: true, prompt: true, attachments: true, cwd: true, effort: true })
  .extend({
    steps: stepsSchema,
    folder: relayFolderSchema,
    /** Limit of each step in milliseconds; null takes the config's. */
    timeout_ms: z.int().positive().nullable(),
  });
export type StartRelay = z.infer<typeof startRelaySchema>;

const taskRef = z.object({ task: z.string() });
export const resumeRelaySchema = startRelaySchema
  .pick({ key: true, caller: true, timeout_ms: true })
  .extend(taskRef.shape);
export type ResumeRelay = z.infer<typeof resumeRelaySchema>;

const worktreeRef = taskRef.extend({ caller: callerSchema });
const sessionRef = z.object({
  caller: callerSchema,
  session: z.string().min(1),
  agent: z.string().nullable(),
});
const page = z.object({ limit: z.int().min(1).max(500), after: z.string().nullable() });

export const hubStatusSchema = z.object({
  running: z.boolean(),
  pid: z.int().nullable(),
  version: z.string().nullable(),
  started_at: z.string().nullable(),
  socket: z.string().nullable(),
  http_url: z.string().nullable(),
  token_file: z.string().nullable(),
  running_tasks: z.int(),
  queued_tasks: z.int(),
  sessions: z.int(),
});
export type HubStatus = z.infer<typeof hubStatusSchema>;

const method = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });

/**
 * What a front end can ask the hub. Three are for front ends of every version, older and later, and keep these params
 * and results for ever, though either may get more: `hello`, which answers whoever has the token with the hub's own
 * protocol, whatever protocol it names; `hub.status`; and `hub.stop`. That is how a hub of another version is replaced.
 * Lists are newest first; `next` is the `after` of the next page.
 */
export const RPC = {
  hello: method(
    z.object({ token: z.string(), protocol: z.int(), version: z.string() }),
    z.object({ protocol: z.int(), version: z.string(), pid: z.int() }),
  ),
  "task.start": method(startTaskSchema, taskSchema),
  "panel.start": method(startPanelSchema, taskSchema),
  "relay.start": method(startRelaySchema, taskSchema),
  /** Goes on with a relay that was broken off, as a new task: what is done is not done again. */
  "relay.resume": method(resumeRelaySchema, taskSchema),
  /** `artifact_offset`: from which code point on the content of its artifact is given. */
  "task.get": method(taskRef.extend({ artifact_offset: z.int().nonnegative().default(0) }), taskSchema),
  /** What is kept of the content of its artifact; null where there is none, or it is no text. */
  "task.artifact": method(taskRef, z.object({ content: z.string().nullable() })),
  "task.prompt": method(taskRef, z.object({ prompt: z.string() })),
  "task.cancel": method(taskRef, taskSchema),
  /** The tasks of a task's line, those above it and those below, the one that the root has asked for first. */
  "task.lineage": method(taskRef, z.object({ root: z.string(), items: z.array(taskSchema) })),
  /** Adds a message to the running turn. */
  "task.steer": method(taskRef.extend({ text: promptSchema }), taskSchema),
  "task.list": method(
    page.extend({ unfinished: z.boolean() }),
    z.object({ items: z.array(taskSchema), next: z.string().nullable() }),
  ),
  /** Waits until all or any of them are final, at most `limit_ms` (null: without limit); answers with all of them. */
  "task.wait": method(
    z.object({
      tasks: z.array(z.string()).min(1).max(100),
      mode: z.enum(["all", "any"]),
      /** `attention`: a task whose request a model may answer ends the waiting too. */
      until: z.enum(["final", "attention"]).default("final"),
      limit_ms: z.number().nonnegative().nullable(),
    }),
    z.object({ items: z.array(taskSchema), done: z.boolean() }),
  ),
  /** Streams the events after `after`; `follow` goes on until the task is final. */
  "task.events": method(
    z.object({ task: z.string(), after: z.int().nonnegative(), follow: z.boolean() }),
    z.object({ last: z.int().nonnegative() }),
  ),
  /** Requests that wait for an answer; of one task, or of all. */
  "request.list": method(
    z.object({ task: z.string().nullable() }),
    z.object({ items: z.array(requestSchema), next: z.null() }),
  ),
  /** `elicitation`: a person has answered it in the dialog of an agent's client. */
  "request.answer": method(
    z.object({
      request: z.string(),
      decision: z.enum(["approve", "deny", "answer"]),
      /** The answer itself, or what the agent is told with a denial. */
      text: z.string().nullable(),
      via: z.enum(["call", "elicitation"]),
    }),
    requestSchema,
  ),
  /** What was done in the worktree of a task, as a patch or as a summary; the whole worktree, whichever of its tasks is named. */
  "worktree.diff": method(
    worktreeRef.extend({ form: z.enum(["patch", "stat"]) }),
    worktreeWorkSchema.extend({ patch: z.string() }),
  ),
  /** Brings it into the working tree that it was asked for in: all of it, or nothing. */
  "worktree.apply": method(worktreeRef, worktreeWorkSchema),
  "worktree.discard": method(worktreeRef, worktreeSchema),
  /** The worktrees that stand, the oldest first. */
  "worktree.list": method(z.object({}), z.object({ items: z.array(worktreeSchema), next: z.null() })),
  "usage.report": method(
    z.object({ by: z.enum(USAGE_GROUPS), since: z.string().nullable() }),
    usageReportSchema,
  ),
  "session.list": method(
    page.extend({
      caller: callerSchema,
      scope: z.enum(["everything", "repository"]),
      agent: z.string().nullable(),
      query: z.string().nullable(),
      live: z.boolean(),
    }),
    z.object({ items: z.array(sessionSchema), next: z.string().nullable() }),
  ),
  /**
   * What the agents themselves have on disk, in the places that the caller's environment names. `query` is looked for in
   * the title, the person's prompts, our name, the ids, the directory and the branch; `cwd` takes what lies below it too.
   * `after` is the `next` of the page before.
   */
  "session.native": method(
    page.extend({
      caller: callerSchema,
      scope: z.enum(["everything", "repository"]),
      agent: z.string().nullable(),
      query: z.string().nullable(),
      cwd: z.string().nullable(),
      live: z.boolean(),
    }),
    z.object({ items: z.array(nativeSessionSchema), next: z.string().nullable() }),
  ),
  /** How the last task of a session was asked for; null for a session that Baton does not know. */
  "session.last": method(
    sessionRef,
    z.object({
      last: z
        .object({
          session: z.string(),
          /** Null where that task is not the caller's to see. */
          task: taskSchema.nullable(),
          access: accessSchema,
          model: z.string().nullable(),
          effort: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
  /** `agent` says which one is meant where several have a session of that name. */
  "session.rename": method(sessionRef.extend({ name: z.string().min(1) }), sessionSchema),
  /** Makes a session of another agent's that goes on from a conversation; the source is only read. */
  "handoff.prepare": method(prepareHandoffSchema, handoffSchema),
  /** Gives the session as it was. */
  "session.forget": method(sessionRef, sessionSchema),
  "hub.status": method(z.object({}), hubStatusSchema),
  /** With `idle` it stays when anything is under way, and says so with `stopped`. */
  "hub.stop": method(
    z.object({ when: z.enum(["now", "idle"]).default("now") }),
    z.object({ stopped: z.boolean(), cancelled: z.int() }),
  ),
} as const;
export type RpcMethod = keyof typeof RPC;
export type RpcParams<M extends RpcMethod> = z.infer<(typeof RPC)[M]["params"]>;
/** The params as a front end gives them: what has a default may be left out. */
export type RpcInput<M extends RpcMethod> = z.input<(typeof RPC)[M]["params"]>;
export type RpcResult<M extends RpcMethod> = z.infer<(typeof RPC)[M]["result"]>;

/** A line from a front end to the hub. `abandon` ends the request with that id without an answer. */
export const clientLineSchema = z.union([
  z.object({ id: z.int(), method: z.string(), origin: originSchema.nullish(), params: z.unknown() }),
  z.object({ abandon: z.int() }),
]);
export type ClientLine = z.infer<typeof clientLineSchema>;

/** A line from the hub: events of a request that streams, then its result or error. */
export const hubLineSchema = z.union([
  z.object({ id: z.int(), event: taskEventSchema }),
  z.object({ id: z.int(), error: taskErrorSchema }),
  z.object({ id: z.int(), result: z.unknown() }),
]);
export type HubLine = z.infer<typeof hubLineSchema>;
