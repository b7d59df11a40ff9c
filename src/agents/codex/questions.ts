import { z } from "zod";

import { withoutControls } from "../../core/text.ts";
import { decision, type Asked } from "./asking.ts";
import { data, lines, oneLine } from "../wording.ts";

const optionSchema = z.looseObject({ label: z.string(), description: z.string().catch("") });
const userInputSchema = z.looseObject({
  questions: z.array(
    z.looseObject({
      id: z.string(),
      header: z.string().catch(""),
      question: z.string(),
      isSecret: z.boolean().catch(false),
      options: z.array(optionSchema).nullish(),
    }),
  ),
});

/**
 * Codex's own questions to the user (`request_user_input` of 0.169.0): each is a request of its own, put one after the
 * other, and one that is denied goes unanswered. Null for a secret, which must not be kept with the task.
 */
export function userInput(params: unknown): Asked | null {
  const questions = userInputSchema.safeParse(params).data?.questions ?? [];
  if (questions.length === 0 || questions.some(({ isSecret }) => isSecret)) return null;
  return {
    requests: questions.map(({ header, question, options }) => ({
      kind: "question",
      summary: oneLine(question),
      detail: lines({
        About: header,
        Question: question,
        Options: (options ?? []).map(({ label, description }) => `\n- ${label}: ${description}`).join(""),
      }),
      options: (options ?? []).map(({ label }) => withoutControls(label)),
      takes: "text",
    })),
    reply: (given) => {
      const answers = questions.flatMap(({ id }, index) => {
        const answer = given[index];
        return answer?.decision === "answer" ? [[id, { answers: [answer.text] }]] : [];
      });
      return answers.length === 0 ? null : { answers: Object.fromEntries(answers) };
    },
  };
}

const fieldSchema = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  enumNames: z.array(z.string()).optional(),
  oneOf: z.array(z.looseObject({ const: z.string(), title: z.string().optional() })).optional(),
});
type Field = z.infer<typeof fieldSchema>;
const elicitationSchema = z.looseObject({
  serverName: z.string(),
  mode: z.literal("form"),
  message: z.string(),
  requestedSchema: z.looseObject({
    properties: z.record(z.string(), z.unknown()).catch({}),
    required: z.array(z.string()).nullish(),
  }),
  _meta: z.looseObject({ codex_approval_kind: z.string().optional() }).nullish(),
});

/** What an MCP server asks: a yes or no, or the one text that its form requires. Null for a form with more to it. */
export function elicited(params: unknown): Asked | null {
  const asked = elicitationSchema.safeParse(params).data;
  if (asked === undefined) return null;
  const { serverName, message, requestedSchema, _meta: meta } = asked;
  const summary = oneLine(`${serverName}: ${message}`);
  const parts = { "MCP server": serverName, Message: message, More: data(meta) };
  const [name, ...others] = requestedSchema.required ?? [];
  if (name === undefined) {
    const kind = meta?.codex_approval_kind === undefined ? "question" : "tool";
    const approval = { action: "accept", content: {}, _meta: null };
    return decision({ kind, summary, detail: lines(parts) }, approval);
  }
  const field = fieldSchema.safeParse(requestedSchema.properties[name]).data;
  if (others.length > 0 || field?.type !== "string") return null;
  const choices = choicesOf(field);
  return {
    requests: [
      {
        kind: "question",
        summary,
        detail: lines({ ...parts, Field: field.title ?? name, Meaning: field.description }),
        options: choices.map(({ label }) => label),
        takes: "text",
      },
    ],
    reply: ([answer]) => {
      if (answer?.decision !== "answer") return null;
      const value = valueFor(answer.text, choices);
      return value === null ? null : { action: "accept", content: { [name]: value }, _meta: null };
    },
  };
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The forms that a choice has in a schema of MCP: plain, with names beside it, and with titles in it. */
function choicesOf({ enum: values, enumNames: names, oneOf }: Field): readonly Choice[] {
  if (oneOf !== undefined) {
    return oneOf.map(({ const: value, title }) => ({ value, label: withoutControls(title ?? value) }));
  }
  return (values ?? []).map((value, index) => ({ value, label: withoutControls(names?.[index] ?? value) }));
}

/** What stands for a text in the form; null for one that is no choice of it. */
function valueFor(text: string, choices: readonly Choice[]): string | null {
  if (choices.length === 0) return text;
  return choices.find(({ label, value }) => label === text || value === text)?.value ?? null;
}
