import { choice, list, record, text, texts } from './json-schemas.ts';

/** What roles hand to each other. A role that takes one of these takes it as another has made it. */

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'];
const LEVELS = ['LOW', 'MEDIUM', 'HIGH'];

export const stories = list(
  record({
    id: text('S1, S2 …'),
    title: text('What somebody can do then, in one line.'),
    benefit: text('Who wants it, and what for.'),
    acceptance: texts('Criteria that can be checked as met or not, each in one sentence.'),
    priority: choice(['MUST', 'SHOULD', 'COULD'], 'MUST: without it the rest is worth nothing.'),
  }),
  'User stories, the most valuable first.',
);

export const components = list(
  record({
    name: text('Its name, used the same way everywhere.'),
    responsibility: text('What it alone is responsible for.'),
    dependsOn: texts('Names of the components it calls or reads.'),
  }),
  'Parts of the system, with one responsibility each.',
);

export const interfaces = list(
  record({
    name: text('Operation, event or endpoint.'),
    between: text('Who offers it to whom.'),
    contract: text('Input, output, errors, and what happens when it is called twice.'),
  }),
  'Contracts between components.',
);

export const decisions = list(
  record({
    question: text('What had to be decided.'),
    choice: text('What was chosen.'),
    reason: text('What decided it.'),
    rejected: texts('Alternatives, each with what was against it.'),
  }),
  'Decisions that a successor would ask about.',
);

export const risks = list(
  record({
    risk: text('What may happen, and what it would cost.'),
    likelihood: choice(LEVELS, 'How likely it is.'),
    impact: choice(LEVELS, 'How bad it would be.'),
    response: text('What is done about it, or why it is accepted.'),
  }),
  'Risks that are worth a decision, the worst first.',
);

export const changes = list(
  record({
    area: text('Component, file, screen or system concerned.'),
    change: text('What is different afterwards, precise enough to be done by somebody else.'),
    reason: text('The story, finding or cause it answers, by its id where there is one.'),
  }),
  'Changes in the order in which they can be made and merged.',
);

export const tests = list(
  record({
    id: text('T1, T2 …'),
    covers: text('Id of the story, finding or change that it checks.'),
    level: choice(['UNIT', 'INTEGRATION', 'END_TO_END', 'MANUAL'], 'The cheapest level that can show it.'),
    steps: texts('What is prepared and done, one action each.'),
    expected: text('What must be observed, exactly.'),
  }),
  'Tests, each with one reason to fail.',
);

export const findings = list(
  record({
    id: text('F1, F2 …'),
    severity: choice(SEVERITIES, 'By the harm it does as the system is now.'),
    where: text('File, component, screen or sentence concerned.'),
    problem: text('What is wrong, and what follows from it.'),
    evidence: text('What in the material shows it, quoted or named.'),
    remedy: text('The smallest change that removes it.'),
  }),
  'What is wrong, the most severe first.',
);

export const actions = list(
  record({
    action: text('What will be done, so that it is clear when it is done.'),
    owner: text('Who sees to it: a role or a person named in the material.'),
    due: text('By when, e.g. next sprint.'),
    measure: text('How one will see that it has helped.'),
  }),
  'What is to be done, the most effective first.',
);

export const documents = list(
  record({
    path: text('Path of the document, or a new one.'),
    title: text('Its title.'),
    audience: text('Who reads it, and to do what.'),
    markdown: text('The whole text, in Markdown.'),
  }),
  'Documents, complete.',
);

export const tasks = list(
  record({
    id: text('K1, K2 …'),
    title: text('What is done, in one line.'),
    detail: text('What whoever does it must know.'),
    role: text('The role or capability that it needs.'),
    dependsOn: texts('Ids of the tasks that must be done before.'),
    size: choice(['S', 'M', 'L'], 'S: hours. M: a day or two. L: more, and better divided.'),
  }),
  'Pieces of work that one role can do.',
);

export const verdict = choice(
  ['PASS', 'CONDITIONS', 'STOP'],
  'PASS: go on. CONDITIONS: go on when the conditions are met. STOP: do not go on.',
);
