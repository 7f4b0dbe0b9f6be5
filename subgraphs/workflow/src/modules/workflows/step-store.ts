import type { Prisma, PrismaClient } from '@flowmesh/prisma/workflow';

/** The statement of 500 steps at once takes a tenth of a second to build, in which nobody else is served. */
const STEPS_AT_ONCE = 50;

/** Of one version, in the transaction that stores it. */
export async function insertSteps(
  tx: Pick<PrismaClient, 'workflowStep'>,
  rows: Prisma.WorkflowStepCreateManyInput[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += STEPS_AT_ONCE) {
    await tx.workflowStep.createMany({ data: rows.slice(from, from + STEPS_AT_ONCE) });
  }
}
