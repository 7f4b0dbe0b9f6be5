import { text, type InvalidField } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { RegisterAgentInput } from '../agents/agent-input.ts';
import type { LlmConfigurationInput } from '../agents/configurations/llm.ts';
import type { Preset } from './preset.ts';
import { PRESETS, presetOf } from './presets.ts';

/** The model that plays a role, and what of its settings shall differ from the preset. Null means the model's default. */
export type PresetModel = Omit<LlmConfigurationInput, 'systemPrompt'>;

export interface RegisterFromPresetInput
  extends
    PresetModel,
    Pick<
      RegisterAgentInput,
      'description' | 'timeoutSeconds' | 'retryPolicy' | 'concurrencyLimit' | 'tags' | 'metadata'
    > {
  readonly preset: string;
  readonly name?: string | null;
  readonly instructions?: string | null;
}

export interface RegisterAllFromPresetsInput extends Omit<PresetModel, 'contextUse'> {
  readonly agents: readonly { readonly preset: string; readonly name?: string | null }[];
  readonly tags?: string[] | null;
}

const MAX_AGENTS = 50;

export const instructionsShape = z.object({ instructions: text({ max: 20_000 }).nullish() });
export const agentsShape = z.object({
  agents: z
    .array(z.object({ preset: z.string(), name: z.string().nullish() }))
    .min(1, 'must name at least one agent')
    .max(MAX_AGENTS, `must be at most ${MAX_AGENTS}`),
});

/** The preset of this name, or what is wrong with the name. */
export function knownPreset(name: string, path: string): Preset | InvalidField {
  const known = PRESETS.map((preset) => preset.name).join(', ');
  return presetOf(name) ?? { path, message: `is not a preset: there are ${known}` };
}

export const isPreset = (found: Preset | InvalidField): found is Preset => 'systemPrompt' in found;

const HOUSE_RULES = '# Rules of this team';

/** What `registerAgent` would be given for the same agent. */
export function toRegisterInput(preset: Preset, input: Omit<RegisterFromPresetInput, 'preset'>): RegisterAgentInput {
  const { instructions, name, description, timeoutSeconds, retryPolicy, concurrencyLimit, tags, metadata, ...model } =
    input;
  const rules = instructions?.trim() ? `\n\n${HOUSE_RULES}\n\n${instructions.trim()}` : '';
  return {
    name: name ?? preset.title,
    type: preset.name,
    description: description === undefined ? preset.description : description,
    capabilities: [...preset.capabilities],
    inputSchema: preset.inputSchema,
    outputSchema: preset.outputSchema,
    kind: 'LLM',
    timeoutSeconds: timeoutSeconds ?? preset.timeoutSeconds,
    ...{ retryPolicy, concurrencyLimit, tags, metadata },
    llm: {
      ...model,
      systemPrompt: preset.systemPrompt + rules,
      temperature: model.temperature === undefined ? preset.temperature : model.temperature,
      maxOutputTokens: model.maxOutputTokens === undefined ? preset.maxOutputTokens : model.maxOutputTokens,
    },
  };
}

/** Problems of `registerAgent`, as fields of the input from which its own was made. */
export const ofPresetInput = (fields: readonly InvalidField[]): InvalidField[] =>
  fields.map(({ path, message }) => ({ path: path.replace(/^llm\./, ''), message }));
