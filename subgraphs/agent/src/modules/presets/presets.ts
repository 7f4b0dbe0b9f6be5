import type { Preset } from './preset.ts';
import { accessibilityAgent } from './roles/accessibility-agent.ts';
import { aiDeveloper } from './roles/ai-developer.ts';
import { architect } from './roles/architect.ts';
import { backendDeveloper } from './roles/backend-developer.ts';
import { dataEngineer } from './roles/data-engineer.ts';
import { devOpsInfra } from './roles/dev-ops-infra.ts';
import { documentationAgent } from './roles/documentation-agent.ts';
import { feedbackAgent } from './roles/feedback-agent.ts';
import { frontendDeveloper } from './roles/frontend-developer.ts';
import { fullstackDeveloper } from './roles/fullstack-developer.ts';
import { mobileDeveloper } from './roles/mobile-developer.ts';
import { orchestrator } from './roles/orchestrator.ts';
import { productOwner } from './roles/product-owner.ts';
import { qualityGuardian } from './roles/quality-guardian.ts';
import { releaseManager } from './roles/release-manager.ts';
import { retrospective } from './roles/retrospective.ts';
import { rnD } from './roles/rn-d.ts';
import { scrummaster } from './roles/scrummaster.ts';
import { securityDeveloper } from './roles/security-developer.ts';
import { strategiePartner } from './roles/strategie-partner.ts';
import { testEngineer } from './roles/test-engineer.ts';
import { uxUiDesigner } from './roles/ux-ui-designer.ts';
import { workflowAutomator } from './roles/workflow-automator.ts';

/** All roles that ship with the product, by name. */
export const PRESETS: readonly Preset[] = [
  accessibilityAgent,
  aiDeveloper,
  architect,
  backendDeveloper,
  dataEngineer,
  devOpsInfra,
  documentationAgent,
  feedbackAgent,
  frontendDeveloper,
  fullstackDeveloper,
  mobileDeveloper,
  orchestrator,
  productOwner,
  qualityGuardian,
  releaseManager,
  retrospective,
  rnD,
  scrummaster,
  securityDeveloper,
  strategiePartner,
  testEngineer,
  uxUiDesigner,
  workflowAutomator,
];

const BY_NAME = new Map(PRESETS.map((preset) => [preset.name, preset]));

/** Undefined when there is no preset of this name. */
export const presetOf = (name: string): Preset | undefined => BY_NAME.get(name);
