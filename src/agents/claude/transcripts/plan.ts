import { z } from "zod";
import type { PlanStep } from "../../../core/transcript.ts";

const statusSchema = z.enum(["pending", "in_progress", "completed"]).catch("pending");
const todosSchema = z.looseObject({
  todos: z.array(z.looseObject({ content: z.string(), status: statusSchema })),
});

/** The steps of `TodoWrite`, which always gives the whole plan; null for what is none. */
export function stepsOf(input: unknown): readonly PlanStep[] | null {
  const todos = todosSchema.safeParse(input).data?.todos;
  return todos?.map(({ content, status }) => ({ text: content, status })) ?? null;
}

const createdSchema = z.looseObject({ task: z.looseObject({ id: z.string(), subject: z.string() }) });
const updateSchema = z.looseObject({
  taskId: z.string(),
  subject: z.string().optional(),
  status: z.string().optional(),
});

/** More steps than any plan has. */
const MOST_STEPS = 1_000;

/** The plan that `TaskCreate` and `TaskUpdate` make step by step (Claude Code 2.1.330, where `TodoWrite` is off). */
export function createTaskPlan() {
  const steps = new Map<string, PlanStep>();
  const asked = new Map<string, { readonly name: string; readonly input: unknown }>();
  return {
    asked(id: string, call: { readonly name: string; readonly input: unknown }): void {
      if ((call.name === "TaskCreate" || call.name === "TaskUpdate") && asked.size < MOST_STEPS) {
        asked.set(id, call);
      }
    },
    /** The plan after a tool use has succeeded; null where it has not changed it. */
    answered(id: string, result: unknown): readonly PlanStep[] | null {
      const call = asked.get(id);
      asked.delete(id);
      if (call === undefined) return null;
      const created = createdSchema.safeParse(result).data?.task;
      if (created !== undefined && steps.size < MOST_STEPS) {
        steps.set(created.id, { text: created.subject, status: "pending" });
      }
      const update = updateSchema.safeParse(call.input).data;
      const before = steps.get(update?.taskId ?? "");
      if (update !== undefined && before !== undefined) {
        const { taskId, subject = before.text, status = before.status } = update;
        if (status === "deleted") steps.delete(taskId);
        else steps.set(taskId, { text: subject, status: statusSchema.parse(status) });
      }
      return [...steps.values()];
    },
  };
}
