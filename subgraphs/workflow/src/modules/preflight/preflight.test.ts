import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';

/** An installation that has neither notifications nor integrations. */
let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

test('what cannot be found out is a warning, and no error', async () => {
  const ann = user('ann', 'notification:send', 'integration:invoke');
  const send = { id: 'send', stepType: 'NOTIFICATION', config: { channel: 'IN_APP', content: 'Hello' } };
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(
    ann,
    `mutation ($input: CreateWorkflowInput!) {
      createWorkflow(input: $input) { ... on CreateWorkflowSuccess { workflow { id } } }
    }`,
    { input: { name: 'unknown', steps: [send] } },
  );
  const { preflightWorkflow } = await workflow.ask<{ preflightWorkflow: object }>(
    ann,
    'query ($id: ID!) { preflightWorkflow(id: $id) { ready findings { stepId severity code message path } } }',
    { id: createWorkflow.workflow.id },
  );
  const message = 'The channel and the template could not be checked: This installation has no notification service.';
  expect(preflightWorkflow).toEqual({
    ready: true,
    findings: [{ stepId: 'send', severity: 'WARNING', code: 'UNKNOWN', message, path: 'steps[0]' }],
  });
});
