ALTER TYPE "workflow_step_type" ADD VALUE 'INTEGRATION';
