import {
  agentStep,
  conditionStep,
  done,
  resultStep,
  role,
  teamTemplate,
  transformStep,
  type AgentStep,
} from './team-workflow.ts';

const components = 'steps.scope.result.components';
const interfaces = 'steps.scope.result.interfaces';
const found = 'steps.findings.result';
const unfinished = (step: string, what: string) =>
  `steps.${step}.result.outcome = "DONE" ? [] : ["${what} was not finished."]`;

const scope: AgentStep = {
  id: 'scope',
  name: 'Describe the system',
  role: 'architect',
  task: 'Describe this system as it is: components, contracts, trust boundaries. Do not improve it.',
  material: { system: 'input.system', change: 'input.change' },
};

const reviews: readonly AgentStep[] = [
  {
    id: 'application',
    name: 'Review the application',
    role: 'securityDeveloper',
    task: 'Review this system and, if there is one, the change. Report weaknesses with the path from an attacker to the harm.',
    material: {
      components,
      interfaces,
      trustBoundaries: 'steps.scope.result.trustBoundaries',
      system: 'input.system',
      change: 'input.change',
    },
    after: ['scope'],
    when: done('scope'),
  },
  {
    id: 'infrastructure',
    name: 'Review the infrastructure',
    role: 'operations',
    task: 'Review how this system is run: exposure, permissions, secrets, limits, backups, logs. Report findings only.',
    material: { components, interfaces, system: 'input.system', change: 'input.change' },
    after: ['scope'],
    when: done('scope'),
  },
  {
    id: 'data',
    name: 'Review the data',
    role: 'dataEngineer',
    task: 'Review where data is stored, copied and kept, who can read it, and what is personal. Report findings.',
    material: { components, interfaces, system: 'input.system', change: 'input.change' },
    after: ['scope'],
    when: done('scope'),
  },
];

/** From the most severe; what is at or above the limit of the template is urgent. */
const MERGED = `(
  $order := {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 2, "LOW": 3, "INFO": 4};
  $all := [
    steps.application.result.findings.$merge([$, {"id": "application-" & id}]),
    steps.infrastructure.result.findings.$merge([$, {"id": "infrastructure-" & id}]),
    steps.data.result.findings.$merge([$, {"id": "data-" & id}])
  ];
  $sorted := [$all^($lookup($order, severity))];
  $limit := $lookup($order, context.fixFrom);
  $urgent := [$sorted[$lookup($order, severity) <= $limit]];
  {
    "findings": $sorted,
    "urgent": $urgent,
    "urgentCount": $count($urgent),
    "gaps": [
      steps.application.result.notSeen,
      ${unfinished('application', 'The review of the application')},
      ${unfinished('infrastructure', 'The review of the infrastructure')},
      ${unfinished('data', 'The review of the data')}
    ]
  }
)`;

const fixes: readonly AgentStep[] = [
  {
    id: 'fix',
    name: 'Plan the fixes',
    role: 'backendDeveloper',
    task: 'Plan the smallest changes that remove these findings, in the order of their severity. Answer each by its id.',
    material: { findings: `${found}.urgent`, components, interfaces, code: 'input.system' },
    after: ['isUrgent'],
    when: 'steps.isUrgent.result == true',
  },
  {
    id: 'tests',
    name: 'Plan the tests',
    role: 'testEngineer',
    task: 'Plan for each finding the test that fails as long as it is there.',
    material: { findings: `${found}.urgent`, components, interfaces, changes: 'steps.fix.result.changes' },
    after: ['isUrgent', 'fix'],
    when: 'steps.isUrgent.result == true',
  },
];

const verdictStep: AgentStep = {
  id: 'verdict',
  name: 'Decide',
  role: 'qualityGuardian',
  task: 'Decide whether this system can be used as it is, under which conditions, or not.',
  material: {
    findings: `${found}.findings`,
    mustFix: `[${found}.urgent.id]`,
    changes: 'steps.fix.result.changes',
    tests: '[steps.fix.result.tests.$merge([$, {"id": "fix-" & id}]), steps.tests.result.tests]',
    risks:
      '[steps.scope.result.risks, steps.infrastructure.result.risks, steps.data.result.risks, steps.fix.result.risks]',
    gaps: `${found}.gaps`,
  },
  after: ['findings', 'fix', 'tests'],
  when: done('scope'),
};

const STEPS = [scope, ...reviews, ...fixes, verdictStep];

export const securityReview = teamTemplate({
  id: 'security-review',
  version: 1,
  name: 'Security review',
  description:
    'An architect describes the system; application, infrastructure and data are reviewed in parallel; findings from a severity of your choice on get a plan of fixes and tests; a gate decides.',
  roles: [
    role('architect', 'Architect', 'Describes the system.'),
    role('securityDeveloper', 'SecurityDeveloper', 'Reviews the application.'),
    role('operations', 'DevOpsInfra', 'Reviews the infrastructure.'),
    role('dataEngineer', 'DataEngineer', 'Reviews the data.'),
    role('backendDeveloper', 'BackendDeveloper', 'Plans the fixes.'),
    role('testEngineer', 'TestEngineer', 'Plans the tests.'),
    role('qualityGuardian', 'QualityGuardian', 'Decides.'),
  ],
  parameters: {
    fixFrom: {
      type: 'string',
      description: 'Findings of this severity and above get a plan of the fix.',
      enum: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'],
      default: 'MEDIUM',
    },
  },
  inputs: {
    system: { type: 'string', minLength: 1, description: 'The system: design, code, configuration.' },
    change: { type: 'string', description: 'A change under review, e.g. a diff.' },
  },
  required: ['system'],
  steps: [
    agentStep(scope),
    ...reviews.map(agentStep),
    transformStep(
      'findings',
      'Bring findings together',
      MERGED,
      reviews.map(({ id }) => id),
    ),
    conditionStep('isUrgent', 'Must something be fixed?', 'steps.findings.result.urgentCount > 0', ['findings']),
    ...fixes.map(agentStep),
    agentStep(verdictStep),
    resultStep(STEPS, ['findings', 'isUrgent'], {
      decisive: ['scope', 'application', 'verdict'],
      parts: {
        verdict: 'steps.verdict.result.verdict',
        reasons: '[steps.verdict.result.reasons]',
        conditions: '[steps.verdict.result.conditions]',
        system: 'steps.scope.result.summary',
        trustBoundaries: '[steps.scope.result.trustBoundaries]',
        threats: '[steps.application.result.threats]',
        findings: `[${found}.findings]`,
        gaps: `[${found}.gaps]`,
        changes: '[steps.fix.result.changes]',
        tests: '[steps.tests.result.tests]',
      },
    }),
  ],
});
