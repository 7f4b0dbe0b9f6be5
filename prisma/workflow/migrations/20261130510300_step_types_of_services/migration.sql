ALTER TYPE "workflow_step_type" ADD VALUE 'NOTIFICATION';
ALTER TYPE "workflow_step_type" ADD VALUE 'CONTEXT';
