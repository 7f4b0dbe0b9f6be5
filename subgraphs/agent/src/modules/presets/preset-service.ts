import type { Viewer } from '@flowmesh/platform/access';
import { invalidInput, parseInput, problemsOf } from '@flowmesh/platform/validation';
import { agentNameTaken } from '../agents/agent-failures.ts';
import { distinct } from '../agents/agent-input.ts';
import type { AgentService } from '../agents/agent-service.ts';
import {
  agentsShape,
  instructionsShape,
  isPreset,
  knownPreset,
  ofPresetInput,
  toRegisterInput,
  type RegisterAllFromPresetsInput,
  type RegisterFromPresetInput,
} from './preset-input.ts';
import { listPresets } from './preset-query.ts';

/** Agents that play roles which ship with the product. They are registered as all agents are. */
export class PresetService {
  constructor(private readonly agents: AgentService) {}

  readonly list = listPresets;

  async register(viewer: Viewer, { preset: name, ...input }: RegisterFromPresetInput) {
    const preset = knownPreset(name, 'preset');
    const parsed = parseInput(instructionsShape, input);
    if (!isPreset(preset)) return invalidInput([preset, ...problemsOf(parsed)]);
    if (!parsed.ok) return parsed.error;
    const outcome = await this.agents.register(viewer, toRegisterInput(preset, input), preset.name);
    if (outcome.__typename === 'InvalidInputError') return invalidInput(ofPresetInput(outcome.fields));
    if (outcome.__typename !== 'RegisterAgentSuccess') return outcome;
    return { __typename: 'RegisterAgentFromPresetSuccess' as const, agent: outcome.agent };
  }

  async registerAll(viewer: Viewer, { agents, ...model }: RegisterAllFromPresetsInput) {
    const parsed = parseInput(agentsShape, { agents });
    if (!parsed.ok) return parsed.error;
    const presets = agents.map(({ preset }, at) => knownPreset(preset, `agents[${at}].preset`));
    const unknown = presets.flatMap((preset) => (isPreset(preset) ? [] : [preset]));
    if (unknown.length > 0) return invalidInput(unknown);
    const wanted = presets.filter(isPreset).map((preset, at) => ({
      preset: preset.name,
      input: toRegisterInput(preset, { ...model, name: agents[at]?.name }),
    }));
    const outcome = await this.agents.registerAll(viewer, wanted);
    if ('problems' in outcome) {
      // What concerns the model is the same for all of them.
      const fields = outcome.problems.flatMap((problems, at) =>
        ofPresetInput(problems).map(({ path, message }) =>
          path === 'name' ? { path: `agents[${at}].name`, message } : { path, message },
        ),
      );
      return invalidInput(distinct(fields));
    }
    if ('taken' in outcome) return agentNameTaken(outcome.taken.name, outcome.taken.id);
    return { __typename: 'RegisterAgentsFromPresetsSuccess' as const, ...outcome };
  }
}
