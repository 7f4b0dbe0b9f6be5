import { agentStep, done, resultStep, role, teamTemplate, type AgentStep } from './team-workflow.ts';

const STEPS: readonly AgentStep[] = [
  {
    id: 'themes',
    name: 'Find the themes',
    role: 'feedbackAnalyst',
    task: 'Group what people have said about the sprint into themes.',
    material: { messages: 'input.notes' },
  },
  {
    id: 'facts',
    name: 'Read the figures',
    role: 'scrumMaster',
    task: 'Say what the figures and notes of the sprint show, and what held the team up. Facts only, no plan.',
    material: { notes: '$join(input.notes, "\\n\\n")', metrics: 'input.metrics' },
  },
  {
    id: 'retrospective',
    name: 'Find causes and actions',
    role: 'facilitator',
    task: 'Find what to keep, the causes behind what went wrong, and the few actions that are worth it.',
    material: {
      notes: '$join(input.notes, "\\n\\n")',
      themes: 'steps.themes.result.themes',
      facts: 'steps.facts.result.facts',
      previousActions: 'input.previousActions',
    },
    after: ['themes', 'facts'],
    when: 'steps.themes.status == "COMPLETED" && steps.facts.status == "COMPLETED"',
  },
  {
    id: 'automation',
    name: 'Look for what can be automated',
    role: 'automator',
    task: 'Say which of these actions and causes a workflow could take off the team, and what should stay with people.',
    material: { actions: 'steps.retrospective.result.actions', causes: 'steps.retrospective.result.causes' },
    after: ['retrospective'],
    when: `${done('retrospective')} && context.lookForAutomation == true`,
  },
  {
    id: 'plan',
    name: 'Plan the next sprint',
    role: 'scrumMaster',
    task: 'Plan how the team takes these actions into its next sprint: goal, items, agreements.',
    material: {
      facts: 'steps.facts.result.facts',
      actions: `(
    $most := context.maxActions;
    [$filter(steps.retrospective.result.actions, function($action, $at) { $at < $most })]
  )`,
      capacity: 'input.capacity',
      notes: `$join(["Automations to choose from:", steps.automation.result.automations.(name & ": " & saves)], "\\n")`,
    },
    after: ['retrospective', 'automation', 'facts'],
    when: done('retrospective'),
  },
];

export const sprintRetrospective = teamTemplate({
  id: 'sprint-retrospective',
  version: 1,
  name: 'Sprint retrospective',
  description:
    'Voices are grouped into themes while the figures are read; causes and actions follow; what can be automated is looked for; and the actions are taken into the plan of the next sprint.',
  roles: [
    role('feedbackAnalyst', 'FeedbackAgent', 'Groups what people have said.'),
    role('scrumMaster', 'Scrummaster', 'Reads the figures, plans the sprint.'),
    role('facilitator', 'Retrospective', 'Finds causes and actions.'),
    role('automator', 'WorkflowAutomator', 'Looks for what can be automated.'),
  ],
  parameters: {
    maxActions: {
      type: 'integer',
      description: 'Actions that are taken into the next sprint, at most.',
      minimum: 1,
      maximum: 10,
      default: 3,
    },
    lookForAutomation: { type: 'boolean', description: 'Whether to look for what can be automated.', default: true },
  },
  inputs: {
    notes: {
      type: 'array',
      description: 'What people have said, a voice each.',
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      maxItems: 500,
    },
    metrics: { type: 'string', description: 'Figures of this and earlier sprints, in any form.' },
    previousActions: {
      type: 'array',
      description: 'What was agreed last time.',
      items: { type: 'string' },
      maxItems: 50,
    },
    capacity: { type: 'string', description: 'Who is there in the next sprint, and for how long.' },
  },
  required: ['notes'],
  steps: [
    ...STEPS.map(agentStep),
    resultStep(STEPS, [], {
      decisive: ['retrospective', 'plan'],
      parts: {
        themes: '[steps.themes.result.themes]',
        facts: '[steps.facts.result.facts]',
        impediments: '[steps.facts.result.impediments]',
        previous: '[steps.retrospective.result.previous]',
        wentWell: '[steps.retrospective.result.wentWell]',
        toImprove: '[steps.retrospective.result.toImprove]',
        causes: '[steps.retrospective.result.causes]',
        actions: '[steps.retrospective.result.actions]',
        escalate: '[steps.retrospective.result.escalate]',
        automations: '[steps.automation.result.automations]',
        sprintGoal: 'steps.plan.result.sprintGoal',
        plan: '[steps.plan.result.plan]',
        agreements: '[steps.plan.result.agreements]',
      },
    }),
  ],
});
