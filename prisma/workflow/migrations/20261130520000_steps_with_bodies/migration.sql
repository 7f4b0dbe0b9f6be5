-- Steps whose work is executions of their own.
ALTER TYPE "workflow_step_type" ADD VALUE 'FOR_EACH';
ALTER TYPE "workflow_step_type" ADD VALUE 'LOOP';
ALTER TYPE "workflow_step_type" ADD VALUE 'SUB_WORKFLOW';
