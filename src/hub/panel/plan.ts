import { DEFAULT_AGENT_CONFIG, namedAgents, type Config } from "../../contracts/config.ts";
import { BatonError } from "../../contracts/error.ts";
import { MAX_MEMBERS, memberNameSchema, nameOfMember, type Member } from "../../contracts/panel.ts";
import type { StartPanel, StartTask } from "../../contracts/rpc.ts";
import { prepareLaunch } from "../launch.ts";
import { driverFor } from "../start-task.ts";
import type { HubState } from "../state.ts";

/** One place in a panel: who sits there, and by what name its conversation is found again. */
export interface Seat {
  readonly name: string;
  readonly agent: string;
  readonly model: string | null;
  /** Unlike the name, it tells a member from the one who brings the answers together. */
  readonly key: string;
}

/** Who is asked, and what is enough. */
export interface PanelPlan {
  readonly members: readonly Seat[];
  readonly synthesis: Seat | null;
  readonly quorum: number | null;
}

/** What a panel is made from. */
interface Asked {
  readonly request: StartPanel;
  readonly config: Config;
  /** The seats that were asked last in the panel that is continued. */
  readonly before: readonly string[];
}

/**
 * Who is asked in a panel: the members that were named, else those of the panel that is continued, else every agent that is
 * installed.
 * @throws BatonError `invalid_argument` for an unknown agent, one that is named twice and a quorum that cannot be reached,
 * `agent_unavailable` when nobody is installed
 */
export async function planOf(hub: HubState, { request: asked, config, before }: Asked): Promise<PanelPlan> {
  const known = asked.members.length > 0 ? asked.members : before.flatMap(membersIn);
  const members = known.length > 0 ? known : await installedAgents(hub, asked, config);
  for (const { agent } of [...members, ...(asked.synthesize === null ? [] : [asked.synthesize])])
    driverFor(hub, agent, config);
  const names = members.map(nameOfMember);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new BatonError("invalid_argument", `${twice} is named twice in the panel`, {
      hint: "Name another model of the same agent as AGENT:MODEL.",
    });
  }
  if (asked.quorum !== null && asked.quorum > members.length) {
    throw new BatonError(
      "invalid_argument",
      `a quorum of ${asked.quorum} cannot be reached: ${members.length} ${members.length === 1 ? "agent is" : "agents are"} asked`,
    );
  }
  return {
    members: members.map((member) => seatOf(member, asked.model, "member")),
    synthesis: asked.synthesize === null ? null : seatOf(asked.synthesize, null, "synthesis"),
    quorum: asked.quorum,
  };
}

/** The keys of seats begin with the part that is played there. */
const MEMBER = "member ";

function membersIn(key: string): readonly Member[] {
  return key.startsWith(MEMBER) ? [memberNameSchema.parse(key.slice(MEMBER.length))] : [];
}

function seatOf(member: Member, model: string | null, part: "member" | "synthesis"): Seat {
  const { agent } = member;
  const name = nameOfMember(member);
  const title = part === "member" ? name : `synthesis by ${name}`;
  return {
    name: title,
    agent,
    model: member.model ?? model,
    key: part === "member" ? MEMBER + name : `synthesis ${name}`,
  };
}

async function installedAgents(
  hub: HubState,
  { caller }: Pick<StartTask, "caller">,
  config: Config,
): Promise<readonly Member[]> {
  const looked = await Promise.all(
    hub.drivers.all(config).map(async (driver) => {
      const agentConfig = config.agents[driver.agent] ?? DEFAULT_AGENT_CONFIG;
      const asked = {
        driver,
        caller,
        config: agentConfig,
        agents: namedAgents(config),
        chosen: null,
        privateFolders: [],
        ownFolder: null,
      };
      const { launch } = await prepareLaunch(asked);
      const isFound = await driver.find(launch).then(
        () => true,
        () => false,
      );
      return isFound ? [{ agent: driver.agent, model: null }] : [];
    }),
  );
  const found = looked.flat().slice(0, MAX_MEMBERS);
  if (found.length > 0) return found;
  throw new BatonError("agent_unavailable", "no agent is installed that a panel could ask", {
    hint: `Baton knows: ${hub.drivers
      .all(config)
      .map(({ agent }) => agent)
      .join(", ")}. \`baton doctor\` says what is missing.`,
  });
}
