import { agentStep, done, resultStep, role, teamTemplate, type AgentStep } from './team-workflow.ts';

const KINDS_OF_FAULTS = '["BUG", "INCIDENT"]';
const intakeIs = (condition: string) => `${done('intake')} && ${condition}`;

const STEPS: readonly AgentStep[] = [
  {
    id: 'intake',
    name: 'Read the report',
    role: 'feedbackAnalyst',
    task: 'Say what happened, what kind of report this is, how bad it is, and what would have to be asked back.',
    material: { report: 'input.report', source: 'input.source' },
  },
  {
    id: 'security',
    name: 'Look at security',
    role: 'securityDeveloper',
    task: 'Decide whether this report shows a weakness, and what must be done first if it does.',
    material: { report: 'input.report', system: 'input.code' },
    after: ['intake'],
    when: intakeIs('steps.intake.result.securityRelevant == true'),
  },
  {
    id: 'reproduce',
    name: 'Find steps to reproduce',
    role: 'testEngineer',
    task: 'Reduce this report to the shortest steps that show the fault.',
    material: { report: 'input.report', logs: 'input.logs' },
    after: ['intake'],
    when: intakeIs(`steps.intake.result.kind in ${KINDS_OF_FAULTS}`),
  },
  {
    id: 'analysis',
    name: 'Find the cause',
    role: 'fullstackDeveloper',
    task: 'Find the cause of this fault, the smallest fix, and what helps until then.',
    material: {
      report: 'input.report',
      summary: 'steps.intake.result.summary',
      reproduction: 'steps.reproduce.result.reproduction',
      logs: 'input.logs',
      code: 'input.code',
      findings: 'steps.security.result.findings',
    },
    after: ['reproduce', 'security'],
    when: 'steps.reproduce.status == "COMPLETED"',
  },
  {
    id: 'priority',
    name: 'Decide the priority',
    role: 'productOwner',
    task: 'Decide when this is worth doing, and write the story or stories that whoever does it will be measured by.',
    material: {
      report: 'input.report',
      summary:
        '$trim(steps.intake.result.summary & " Severity: " & steps.intake.result.severity & ". " & steps.analysis.result.cause & " " & steps.analysis.result.workaround)',
      findings: 'steps.security.result.findings',
    },
    after: ['intake', 'analysis', 'security'],
    when: done('intake'),
  },
  {
    id: 'fix',
    name: 'Plan the fix',
    role: 'backendDeveloper',
    task: 'Plan the fix as changes that can be merged one by one, each with the test that fails without it.',
    material: {
      problem: 'steps.analysis.result.cause',
      stories: 'steps.priority.result.stories',
      findings: 'steps.security.result.findings',
      code: 'input.code',
    },
    after: ['priority', 'analysis'],
    when: `${done('analysis', 'priority')} && steps.analysis.result.confidence != "LOW" && steps.priority.result.priority in ["NOW", "NEXT"]`,
  },
];

export const bugTriage = teamTemplate({
  id: 'bug-triage',
  version: 1,
  name: 'Bug triage',
  description:
    'A report is read and rated; if it may concern security, that is looked at first; faults are reproduced and their cause is found; a priority is decided, and what is worth it and understood gets a plan of the fix.',
  roles: [
    role('feedbackAnalyst', 'FeedbackAgent', 'Reads and rates the report.'),
    role('securityDeveloper', 'SecurityDeveloper', 'Decides whether it is a weakness.'),
    role('testEngineer', 'TestEngineer', 'Finds steps to reproduce.'),
    role('fullstackDeveloper', 'FullstackDeveloper', 'Finds the cause.'),
    role('productOwner', 'ProductOwner', 'Decides the priority.'),
    role('backendDeveloper', 'BackendDeveloper', 'Plans the fix.'),
  ],
  inputs: {
    report: { type: 'string', minLength: 1, description: 'The report, as it came in.' },
    source: { type: 'string', description: 'Where it comes from.' },
    logs: { type: 'string', description: 'Lines of logs that belong to it.' },
    code: { type: 'string', description: 'Code concerned.' },
  },
  required: ['report'],
  steps: [
    ...STEPS.map(agentStep),
    resultStep(STEPS, [], {
      decisive: ['intake', 'priority'],
      parts: {
        next: `steps.security.result.verdict = "STOP" ? "SECURITY"
    : steps.fix.result.outcome = "DONE" ? "FIX"
    : steps.priority.result.priority = "DECLINE" ? "DECLINE"
    : steps.intake.result.kind in ${KINDS_OF_FAULTS} and $not(steps.analysis.result.outcome = "DONE") ? "ASK"
    : "BACKLOG"`,
        kind: 'steps.intake.result.kind',
        severity: 'steps.intake.result.severity',
        summary: 'steps.intake.result.summary',
        missing: 'steps.intake.result.missing',
        reproduction: 'steps.reproduce.result.reproduction',
        cause: 'steps.analysis.result.cause',
        confidence: 'steps.analysis.result.confidence',
        workaround: 'steps.analysis.result.workaround',
        findings: '[steps.security.result.findings]',
        priority: 'steps.priority.result.priority',
        rationale: 'steps.priority.result.rationale',
        stories: '[steps.priority.result.stories]',
        changes: '[steps.fix.result.changes]',
        tests: '[steps.fix.result.tests]',
      },
    }),
  ],
});
