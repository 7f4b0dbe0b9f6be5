import {
  networkSettings,
  retentionSettings,
  setting,
  settingsGroup,
  suspensionSettings,
  type SettingsGroup,
} from '@flowmesh/platform/config';
import { mcpSettings } from './modules/mcp/mcp-settings.ts';
import { modelPrices } from './model-price-setting.ts';

/** What models cost where agents do not say. */
export const modelSettings = settingsGroup({
  name: 'models',
  title: 'Models',
  settings: {
    MODEL_PRICES: setting(modelPrices, {
      otherwise: 'none',
      meaning:
        'What models cost, in US dollars per million tokens, as JSON by the name of the model: `{"gpt-4o-mini": {"input": 0.15, "output": 0.6}}`; at most 500. Used for LLM agents that give no price of their own: for `costUsd` of their calls, and for budgets that limit money.',
    }),
  },
  toConfig: (values) => ({ modelPrices: values.MODEL_PRICES ?? new Map() }),
});

/** What agent reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [
  networkSettings,
  suspensionSettings,
  retentionSettings,
  modelSettings,
  mcpSettings,
];
