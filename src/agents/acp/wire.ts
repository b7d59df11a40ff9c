import { z } from "zod";

/*
 * What is read of ACP, version 1, as much of each message as is used. Agents leave out what they need not send and send
 * more than the protocol has: nothing here is strict.
 */

const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().catch(null);

export const initializedSchema = z.looseObject({
  protocolVersion: z.number(),
  agentInfo: orNull(z.looseObject({ name: z.string(), version: z.string().catch("") })),
  authMethods: z
    .array(z.looseObject({ id: z.string(), name: z.string(), description: orNull(z.string()) }))
    .catch([]),
  agentCapabilities: z
    .looseObject({
      loadSession: z.boolean().catch(false),
      promptCapabilities: z
        .looseObject({ image: z.boolean().catch(false), embeddedContext: z.boolean().catch(false) })
        .catch({ image: false, embeddedContext: false }),
      mcpCapabilities: z.looseObject({ http: z.boolean().catch(false) }).catch({ http: false }),
      /** A capability is there when its value is an object. */
      sessionCapabilities: z.record(z.string(), z.unknown()).catch({}),
    })
    .catch({
      loadSession: false,
      promptCapabilities: { image: false, embeddedContext: false },
      mcpCapabilities: { http: false },
      sessionCapabilities: {},
    }),
});
export type Initialized = z.infer<typeof initializedSchema>;
export type Capabilities = Initialized["agentCapabilities"];
export type AuthMethod = Initialized["authMethods"][number];

const choiceSchema = z.looseObject({ value: z.string(), name: z.string().catch("") });
const groupSchema = z.looseObject({ options: z.array(choiceSchema) });
/** One thing that a client may choose: the model, how hard it thinks, the mode. */
const configOptionSchema = z.looseObject({
  id: z.string(),
  category: orNull(z.string()),
  currentValue: z.unknown().optional(),
  options: z
    .array(z.unknown())
    .catch([])
    .transform((options): readonly { readonly value: string }[] =>
      options.flatMap(
        (one) => groupSchema.safeParse(one).data?.options ?? choiceSchema.safeParse(one).data ?? [],
      ),
    ),
});
export type ConfigOption = z.infer<typeof configOptionSchema>;

/** What a session is opened with; the id only where it is new. */
export const openedSchema = z
  .looseObject({
    sessionId: z.string().optional(),
    configOptions: orNull(z.array(configOptionSchema)),
    modes: orNull(
      z.looseObject({
        currentModeId: z.string(),
        availableModes: z.array(z.looseObject({ id: z.string(), name: z.string().catch("") })),
      }),
    ),
    /** Before `configOptions` (Gemini CLI 0.61.0). */
    models: orNull(
      z.looseObject({
        currentModelId: z.string(),
        availableModels: z.array(z.looseObject({ modelId: z.string(), name: z.string().catch("") })),
      }),
    ),
  })
  .nullish()
  .transform((opened) => opened ?? {});
export type Opened = z.infer<typeof openedSchema>;

const textSchema = z.looseObject({ type: z.literal("text"), text: z.string() });
const partSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("content"), content: textSchema }),
  z.looseObject({
    type: z.literal("diff"),
    path: z.string(),
    oldText: orNull(z.string()),
    newText: z.string().catch(""),
  }),
]);
/** Texts and changes of files; images, terminals and what is not known are passed over. */
const partsSchema = z
  .array(z.unknown())
  .transform((parts) => parts.flatMap((part) => partSchema.safeParse(part).data ?? []));

/** A call of a tool, or what has changed in one: all but the id may be missing. */
export const toolCallSchema = z.looseObject({
  toolCallId: z.string(),
  title: orNull(z.string()),
  kind: orNull(z.string()),
  status: orNull(z.string()),
  content: orNull(partsSchema),
  locations: orNull(z.array(z.looseObject({ path: z.string() }))),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const chunkSchema = z.looseObject({
  messageId: orNull(z.string()),
  content: textSchema,
});

export const planSchema = z.looseObject({
  entries: z.array(z.looseObject({ content: z.string(), status: z.string().catch("") })),
});

export const usageUpdateSchema = z.looseObject({
  cost: orNull(z.looseObject({ amount: z.number().nonnegative(), currency: z.string() })),
});

export const noticeSchema = z.looseObject({ message: z.string(), severity: orNull(z.string()) });

/** A `session/update`; its update is for the reader of its kind. */
export const updateSchema = z.looseObject({
  sessionId: z.string(),
  update: z.looseObject({ sessionUpdate: z.string() }),
});
export type Update = z.infer<typeof updateSchema>["update"];

export const permissionSchema = z.looseObject({
  sessionId: z.string(),
  toolCall: toolCallSchema,
  options: z.array(z.looseObject({ optionId: z.string(), kind: z.string(), name: z.string().catch("") })),
});
export type Permission = z.infer<typeof permissionSchema>;

const count = z.number().int().nonnegative();
export const promptedSchema = z.looseObject({
  stopReason: z.string(),
  /** Not in version 1 yet; opencode 1.18.33 and the adapters send it. */
  usage: orNull(
    z.looseObject({
      inputTokens: count,
      outputTokens: count,
      totalTokens: orNull(count),
      cachedReadTokens: orNull(count),
      cachedWriteTokens: orNull(count),
      thoughtTokens: orNull(count),
    }),
  ),
  _meta: z.unknown().optional(),
});
export type Prompted = z.infer<typeof promptedSchema>;
