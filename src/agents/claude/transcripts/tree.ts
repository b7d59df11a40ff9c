import type { FileHandle } from "node:fs/promises";
import { BatonError } from "../../../contracts/error.ts";
import type { Losses } from "../../transcripts/left-out.ts";
import { isBlank, linesOf, valueOf, type Line } from "../../transcripts/lines.ts";
import { recordSchema, type ClaudeRecord } from "./records.ts";

/** More records than the longest conversation has; what is kept of each while a file is read must stay bounded. */
const MOST_RECORDS = 500_000;

/** Ids are 36 characters long; what is much longer is none. */
const LONGEST_ID = 128;

/** A record, by its place in the file and in the tree. */
export interface Node extends Pick<Line, "offset" | "length"> {
  readonly kind: "user" | "assistant" | "other";
  /** The record that it follows; null for the first one. */
  parent: Node | null;
  readonly isSidechain: boolean;
  /** The answer of the model that it is a part of: one answer is written as several records. */
  readonly answer: string | null;
  readonly holdsResult: boolean;
}

interface Link {
  readonly node: Node;
  readonly parent: string | null;
  /** Where its parent would stand if that could not be read. */
  readonly stead: Node | null;
}

/**
 * The records of a file in the order of the conversation that Claude Code would go on with (2.1.330): from the last thing
 * that was said back along `parentUuid`, over compactions too. An answer with several tool uses is a fork in the tree, of
 * which the whole is given, as Claude Code itself sends it.
 * @throws BatonError `invalid_argument` for more records than can be held
 */
export async function activeBranch(
  handle: FileHandle,
  bytes: number,
  losses: Losses,
): Promise<readonly Node[]> {
  const nodes = await readNodes(handle, bytes, losses);
  const leaf = nodes.findLast(({ kind, isSidechain }) => kind !== "other" && !isSidechain);
  const branch = leaf === undefined ? [] : upFrom(leaf);
  const whole = withParallel(branch, nodes);
  const taken = new Set(whole);
  for (const node of nodes) {
    if (taken.has(node) || node.kind === "other") continue;
    losses.add(node.isSidechain ? "sub_agent" : "abandoned_branch");
  }
  return whole;
}

async function readNodes(handle: FileHandle, bytes: number, losses: Losses): Promise<readonly Node[]> {
  const links: Link[] = [];
  const byId = new Map<string, Node>();
  let last: Node | null = null;
  let isBroken = false;
  for await (const line of linesOf(handle, { from: 0, to: bytes })) {
    const record = recordIn(line);
    isBroken ||= record === "unreadable";
    losses.add("unreadable", record === "unreadable" ? 1 : 0);
    if (typeof record === "string" || !hasId(record)) continue;
    const node = nodeOf(record, line);
    links.push({ node, parent: parentOf(record), stead: isBroken ? last : null });
    if (links.length > MOST_RECORDS) throw tooMany();
    byId.set(record.uuid, node);
    if (!node.isSidechain) [last, isBroken] = [node, false];
  }
  for (const { node, parent, stead } of links) {
    node.parent = parent === null ? null : (byId.get(parent) ?? stead);
  }
  return links.map(({ node }) => node);
}

function parentOf({ parentUuid, logicalParentUuid }: ClaudeRecord): string | null {
  return parentUuid ?? logicalParentUuid ?? null;
}

function recordIn({ bytes }: Line): ClaudeRecord | "blank" | "unreadable" {
  if (bytes !== null && isBlank(bytes)) return "blank";
  const value = bytes === null ? undefined : valueOf(bytes);
  return recordSchema.safeParse(value).data ?? "unreadable";
}

function hasId(record: ClaudeRecord): record is ClaudeRecord & { readonly uuid: string } {
  return typeof record.uuid === "string" && record.uuid.length <= LONGEST_ID;
}

function nodeOf(record: ClaudeRecord, { offset, length }: Line): Node {
  const { type, isSidechain, message } = record;
  return {
    offset,
    length,
    kind: type === "user" || type === "assistant" ? type : "other",
    parent: null,
    isSidechain: isSidechain === true,
    answer: type === "assistant" ? (message?.id ?? null) : null,
    holdsResult: type === "user" && (message?.content ?? []).some((block) => block.type === "tool_result"),
  };
}

/** From the first record to this one; a circle ends where it closes. */
function upFrom(leaf: Node): readonly Node[] {
  const seen = new Set<Node>();
  for (let at: Node | null = leaf; at !== null && !seen.has(at); at = at.parent) seen.add(at);
  return [...seen].toReversed();
}

/** With the other parts of each answer, and the results that follow them. */
function withParallel(branch: readonly Node[], nodes: readonly Node[]): readonly Node[] {
  const lastOf = new Map(
    branch.flatMap((node) => (node.answer === null ? [] : [[node.answer, node] as const])),
  );
  /** Behind which record of the branch something that follows this one is put. */
  const places = new Map<Node, Node>();
  const beside = new Map(branch.map((node) => [node, [] as Node[]]));
  for (const node of branch) places.set(node, lastOf.get(node.answer ?? "") ?? node);
  for (const node of nodes) {
    if (beside.has(node) || node.isSidechain) continue;
    const place = placeOf(node, { lastOf, places });
    if (place === undefined) continue;
    beside.get(place)?.push(node);
    places.set(node, place);
  }
  return branch.flatMap((node) => [node, ...(beside.get(node) ?? [])]);
}

interface Places {
  readonly lastOf: ReadonlyMap<string, Node>;
  readonly places: ReadonlyMap<Node, Node>;
}

function placeOf(node: Node, { lastOf, places }: Places): Node | undefined {
  if (node.answer !== null) return lastOf.get(node.answer);
  const { parent, holdsResult } = node;
  return holdsResult && parent?.kind === "assistant" ? places.get(parent) : undefined;
}

function tooMany(): BatonError {
  return new BatonError("invalid_argument", `the conversation has more than ${MOST_RECORDS} records`, {
    hint: "Go on with it in the agent's own program.",
  });
}
