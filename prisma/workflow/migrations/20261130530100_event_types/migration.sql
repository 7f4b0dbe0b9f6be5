-- Used from the next migration on.
ALTER TYPE "workflow_step_type" ADD VALUE 'WAIT_FOR_EVENT';
ALTER TYPE "workflow_type" ADD VALUE 'EVENT_DRIVEN';
