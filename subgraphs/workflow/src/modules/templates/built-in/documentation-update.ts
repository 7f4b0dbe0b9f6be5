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

/** Documents as the input gives them, with what writers need filled in. */
const GIVEN = `(
    $readers := context.audience;
    [input.documents.{
      "path": path,
      "title": title ? title : path,
      "audience": audience ? audience : $readers,
      "markdown": markdown
    }]
  )`;
const FINAL = 'steps.revision.result.outcome = "DONE" ? steps.revision.result.documents : steps.draft.result.documents';
const facts = '[steps.facts.result.cause, steps.facts.result.affected]';

const whatIsDifferent: AgentStep = {
  id: 'facts',
  name: 'Find out what is different',
  role: 'fullstackDeveloper',
  task: 'Describe from this change what is different for those who use the product: in `cause` what is different now, in `affected` who and what is concerned.',
  material: { change: 'input.change' },
};

const draft: AgentStep = {
  id: 'draft',
  name: 'Write the documents',
  role: 'writer',
  task: 'Find which of these documents the change makes wrong or incomplete, and write them anew.',
  material: { change: 'input.change', facts, documents: GIVEN, audience: 'context.audience' },
  after: ['facts'],
  when: done('facts'),
};

const reviews: readonly AgentStep[] = [
  {
    id: 'check',
    name: 'Follow the instructions',
    role: 'testEngineer',
    task: 'Follow each instruction of these documents literally, and report what is missing, wrong or ambiguous.',
    material: { documents: 'steps.draft.result.documents', system: 'input.change' },
    after: ['draft'],
    when: done('draft'),
  },
  {
    id: 'accessibility',
    name: 'Review accessibility',
    role: 'accessibilitySpecialist',
    task: 'Review structure, language, links and pictures of these documents.',
    material: { documents: 'steps.draft.result.documents' },
    after: ['draft'],
    when: done('draft'),
  },
];

const MERGED = `(
  $all := [
    steps.check.result.findings.$merge([$, {"id": "check-" & id}]),
    steps.accessibility.result.findings.$merge([$, {"id": "accessibility-" & id}])
  ];
  $open := [$all[severity in ["CRITICAL", "HIGH", "MEDIUM"]]];
  {"findings": $all, "open": $open, "openCount": $count($open)}
)`;

const revision: AgentStep = {
  id: 'revision',
  name: 'Revise the documents',
  role: 'writer',
  task: 'Revise these documents by the findings, answering each. Give all documents again, also those that stay as they are.',
  material: {
    change: 'input.change',
    facts,
    documents: 'steps.draft.result.documents',
    findings: 'steps.reviews.result.open',
    audience: 'context.audience',
  },
  after: ['draft', 'mustRevise'],
  when: 'steps.mustRevise.result == true',
};

const approval: AgentStep = {
  id: 'approval',
  name: 'Approve',
  role: 'qualityGuardian',
  task: 'Decide whether these documents can be published: they must be true to what is different, and the findings answered.',
  material: {
    summary: '$trim(steps.facts.result.cause & " " & steps.draft.result.summary)',
    documents: FINAL,
    findings: 'steps.reviews.result.findings',
  },
  after: ['reviews', 'revision'],
  when: done('draft'),
};

const notes: AgentStep = {
  id: 'notes',
  name: 'Write the release notes',
  role: 'releaseManager',
  task: 'Write the notes that tell users what is different and where it is documented.',
  material: {
    summary: '$trim(steps.facts.result.cause & " " & steps.draft.result.summary)',
    documents: FINAL,
    verdict: 'steps.approval.result.verdict',
    conditions: 'steps.approval.result.conditions',
  },
  after: ['approval'],
  when: `${done('approval')} && steps.approval.result.verdict != "STOP"`,
};

const STEPS = [whatIsDifferent, draft, ...reviews, revision, approval, notes];

export const documentationUpdate = teamTemplate({
  id: 'documentation-update',
  version: 1,
  name: 'Documentation update',
  description:
    'A developer says what a change means for users; a writer updates the documents; instructions are followed literally and accessibility is reviewed in parallel; what they find is revised; a gate approves, and release notes are written.',
  roles: [
    role('fullstackDeveloper', 'FullstackDeveloper', 'Says what is different.'),
    role('writer', 'DocumentationAgent', 'Writes and revises the documents.'),
    role('testEngineer', 'TestEngineer', 'Follows the instructions.'),
    role('accessibilitySpecialist', 'AccessibilityAgent', 'Reviews the documents.'),
    role('qualityGuardian', 'QualityGuardian', 'Approves.'),
    role('releaseManager', 'ReleaseManager', 'Writes the release notes.'),
  ],
  parameters: {
    audience: { type: 'string', description: 'Who reads the documents.', default: 'Users', maxLength: 500 },
  },
  inputs: {
    change: { type: 'string', minLength: 1, description: 'What was changed: words or a diff.' },
    documents: {
      type: 'array',
      description: 'The documents there are.',
      maxItems: 50,
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', minLength: 1 },
          title: { type: 'string' },
          audience: { type: 'string' },
          markdown: { type: 'string' },
        },
        required: ['path', 'markdown'],
        additionalProperties: false,
      },
    },
  },
  required: ['change'],
  steps: [
    agentStep(whatIsDifferent),
    agentStep(draft),
    ...reviews.map(agentStep),
    transformStep('reviews', 'Bring findings together', MERGED, ['check', 'accessibility']),
    conditionStep('mustRevise', 'Must something be revised?', 'steps.reviews.result.openCount > 0', ['reviews']),
    agentStep(revision),
    agentStep(approval),
    agentStep(notes),
    resultStep(STEPS, ['reviews', 'mustRevise'], {
      decisive: ['facts', 'draft', 'approval'],
      parts: {
        verdict: 'steps.approval.result.verdict',
        conditions: '[steps.approval.result.conditions]',
        summary: 'steps.draft.result.summary',
        affected: '[steps.draft.result.affected]',
        documents: `[${FINAL}]`,
        findings: '[steps.reviews.result.findings]',
        notes: 'steps.notes.result.notes',
      },
    }),
  ],
});
