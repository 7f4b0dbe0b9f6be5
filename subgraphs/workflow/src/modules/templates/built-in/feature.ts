import {
  agentStep,
  all,
  anyDone,
  done,
  resultStep,
  role,
  teamTemplate,
  together,
  type AgentStep,
} from './team-workflow.ts';

const stories = 'steps.brief.result.stories';
const components = 'steps.architecture.result.components';
const interfaces = 'steps.architecture.result.interfaces';
const changes = all('changes', 'backend', 'frontend');
const findings = together('findings', { threats: 'security-', accessibility: 'accessibility-', tests: 'tests-' });
const tests = together('tests', { backend: 'backend-', frontend: 'frontend-', tests: 'plan-' });
const unfinished = (step: string, what: string) =>
  `steps.${step}.result.outcome = "DONE" ? [] : ["${what} was not finished."]`;

const STEPS: readonly AgentStep[] = [
  {
    id: 'brief',
    name: 'Write the brief',
    role: 'productOwner',
    task: 'Turn the idea into a problem, stories with acceptance criteria, and measures of success.',
    material: { idea: 'input.idea' },
  },
  {
    id: 'design',
    name: 'Design the interface',
    role: 'designer',
    task: 'Design the flows, the screens with all their states, and the words for these stories.',
    material: { problem: 'steps.brief.result.problem', users: 'steps.brief.result.users', stories },
    after: ['brief'],
    when: done('brief'),
  },
  {
    id: 'architecture',
    name: 'Design the architecture',
    role: 'architect',
    task: 'Design the components, their contracts and the trust boundaries that these stories need.',
    material: { problem: 'steps.brief.result.problem', stories },
    after: ['brief'],
    when: done('brief'),
  },
  {
    id: 'accessibility',
    name: 'Review accessibility',
    role: 'accessibilitySpecialist',
    task: 'Review the flows and screens before they are built.',
    material: { flows: 'steps.design.result.flows', screens: 'steps.design.result.screens' },
    after: ['design'],
    when: done('design'),
  },
  {
    id: 'threats',
    name: 'Model threats',
    role: 'securityDeveloper',
    task: 'Find the threats that this design must answer, and what it leaves open.',
    material: { stories, components, interfaces, trustBoundaries: 'steps.architecture.result.trustBoundaries' },
    after: ['architecture'],
    when: done('architecture'),
  },
  {
    id: 'backend',
    name: 'Plan the backend',
    role: 'backendDeveloper',
    task: 'Plan the changes of services and data for these stories, and answer the findings by their ids.',
    material: {
      stories,
      components,
      interfaces,
      decisions: 'steps.architecture.result.decisions',
      findings: 'steps.threats.result.findings',
    },
    after: ['architecture', 'threats'],
    when: done('architecture'),
  },
  {
    id: 'frontend',
    name: 'Plan the frontend',
    role: 'frontendDeveloper',
    task: 'Plan the changes of the interface for these screens, and answer the findings by their ids.',
    material: {
      stories,
      flows: 'steps.design.result.flows',
      screens: 'steps.design.result.screens',
      interfaces,
      findings: 'steps.accessibility.result.findings',
    },
    after: ['design', 'architecture', 'accessibility'],
    when: done('design', 'architecture'),
  },
  {
    id: 'tests',
    name: 'Plan the tests',
    role: 'testEngineer',
    task: 'Plan the tests that show each acceptance criterion and each remedy, and say what stays untested.',
    material: { stories, components, interfaces, screens: 'steps.design.result.screens', changes },
    after: ['backend', 'frontend'],
    when: anyDone('backend', 'frontend'),
  },
  {
    id: 'operations',
    name: 'Plan the rollout',
    role: 'operations',
    task: 'Plan how these changes are rolled out, watched and rolled back.',
    material: { components, interfaces, changes },
    after: ['backend', 'frontend'],
    when: anyDone('backend', 'frontend'),
  },
  {
    id: 'gate',
    name: 'Decide whether to go on',
    role: 'qualityGuardian',
    task: 'Decide whether this plan may be built and released, and under which conditions.',
    material: {
      stories,
      changes,
      tests,
      findings,
      risks: all('risks', 'architecture', 'backend', 'frontend', 'operations'),
      mustFix: '[steps.threats.result.mustFix.("security-" & $)]',
      gaps: `[
    steps.tests.result.gaps,
    ${unfinished('accessibility', 'The review of accessibility')},
    ${unfinished('threats', 'The model of threats')},
    ${unfinished('backend', 'The plan of the backend')},
    ${unfinished('frontend', 'The plan of the frontend')},
    ${unfinished('operations', 'The plan of the rollout')}
  ]`,
    },
    after: ['tests', 'operations'],
    when: done('tests'),
  },
  {
    id: 'release',
    name: 'Plan the release',
    role: 'releaseManager',
    task: 'Plan the release of this feature, beginning with the conditions that are not met, and write the notes for users.',
    material: {
      stories,
      changes,
      tests,
      findings,
      risks: 'steps.gate.result.risks',
      verdict: 'steps.gate.result.verdict',
      conditions: 'steps.gate.result.conditions',
      rollout: 'steps.operations.result.rollout',
      rollback: 'steps.operations.result.rollback',
      version: 'context.currentVersion',
    },
    after: ['gate', 'operations'],
    when: done('gate'),
  },
];

export const feature = teamTemplate({
  id: 'feature',
  version: 1,
  name: 'Feature: from idea to release plan',
  description:
    'A product owner turns an idea into stories; designer and architect work in parallel; accessibility and security review; backend and frontend plan; tests and operations follow; a gate decides, and a release is planned.',
  roles: [
    role('productOwner', 'ProductOwner', 'Writes stories and measures.'),
    role('designer', 'UXUIDesigner', 'Designs flows, screens and words.'),
    role('architect', 'Architect', 'Designs components and contracts.'),
    role('accessibilitySpecialist', 'AccessibilityAgent', 'Reviews flows and screens.'),
    role('securityDeveloper', 'SecurityDeveloper', 'Models threats.'),
    role('backendDeveloper', 'BackendDeveloper', 'Plans services and data.'),
    role('frontendDeveloper', 'FrontendDeveloper', 'Plans the interface.'),
    role('testEngineer', 'TestEngineer', 'Plans tests.'),
    role('operations', 'DevOpsInfra', 'Plans the rollout.'),
    role('qualityGuardian', 'QualityGuardian', 'Decides whether to go on.'),
    role('releaseManager', 'ReleaseManager', 'Plans the release.'),
  ],
  parameters: {
    currentVersion: { type: 'string', description: 'Version of the product now.', default: '', maxLength: 50 },
  },
  inputs: { idea: { type: 'string', minLength: 1, description: 'The idea, in a sentence or in pages.' } },
  required: ['idea'],
  steps: [
    ...STEPS.map(agentStep),
    resultStep(STEPS, [], {
      decisive: ['brief', 'gate', 'release'],
      parts: {
        problem: 'steps.brief.result.problem',
        stories,
        measures: 'steps.brief.result.measures',
        screens: 'steps.design.result.screens',
        architecture: 'steps.architecture.result.summary',
        decisions: 'steps.architecture.result.decisions',
        changes,
        findings,
        tests,
        verdict: 'steps.gate.result.verdict',
        conditions: 'steps.gate.result.conditions',
        release: 'steps.release.result.{"version": version, "plan": plan, "rollback": rollback, "notes": notes}',
      },
    }),
  ],
});
