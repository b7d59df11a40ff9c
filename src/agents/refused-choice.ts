import type { AgentModel } from "../contracts/agent.ts";
import { taskError, type TaskError } from "../contracts/error.ts";

/** A model or an effort that an agent does not know. */
export interface RefusedChoice {
  readonly agent: string;
  readonly what: "model" | "effort";
  /** What the task has named; null: it comes from the agent's own configuration. */
  readonly wanted: string | null;
  /** The agent's own words. */
  readonly message: string;
  /** The models that the agent says it knows; empty where it does not say. */
  readonly models: readonly AgentModel[];
  /** The model that the effort was for, where one was named. */
  readonly model: string | null;
}

/** The agent's own refusal, with what it knows instead. A choice of the task is a bad argument of whoever asked. */
export function refusedChoice({ agent, what, wanted, message, models, model }: RefusedChoice): TaskError {
  const known = what === "model" ? models.map(({ id }) => id) : effortsFor(models, model);
  const list = known.length === 0 ? "" : `It knows: ${known.join(", ")}. `;
  return taskError(wanted === null ? "agent_error" : "invalid_argument", message, {
    hint: `${list}\`baton agents ${agent}\` lists its models and their efforts; without a choice it takes its own.`,
    retryable: false,
  });
}

/** What a model takes as its effort; where nothing is said of it, what any takes. */
export function effortsFor(models: readonly AgentModel[], model: string | null): readonly string[] {
  const one = models.find(({ id, ...rest }) => (model === null ? rest.default : id === model));
  if (one !== undefined && one.efforts.length > 0) return one.efforts;
  return [...new Set(models.flatMap(({ efforts }) => efforts))];
}

/** A turn with images that its model could not see, or that its agent could not be given. */
export function noImages(agent: string, who: string): TaskError {
  return taskError("invalid_argument", `${who} takes no images.`, {
    hint: `\`baton agents ${agent}\` says what does; name another model, or describe the image.`,
  });
}

/** The models with the one that the user has chosen for the agent as the default, be it among them or not. */
export function withChosen(models: readonly AgentModel[], chosen: string | null): readonly AgentModel[] {
  if (chosen === null) return models;
  const marked = models.map((model) => ({ ...model, default: model.id === chosen }));
  if (marked.some((model) => model.default)) return marked;
  return [...marked, { id: chosen, default: true, efforts: [], images: null }];
}
